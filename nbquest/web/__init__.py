"""The web: app factory, sign-in at the Hub, access rules, error shape, live events, templates. Knows no room."""
