# tries: outputs of every other type: SVG, JavaScript, LaTeX, PDF, JSON, widgets, pictures that are none
# wants: honest
# min: 15
# %% own
import base64
evil = "<script>alert(1)</script>"
for bundle in (
    {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"},
    {"application/javascript": "alert(1)"}, {"text/latex": r"\href{javascript:alert(1)}{x} \unicode{<img src=x onerror=alert(1)>}" + evil},
    {"text/markdown": evil + "[x](javascript:alert(1)) ![x](http://192.0.2.1/pixel)"}, {"application/pdf": "JVBERi0="},
    {"application/vnd.jupyter.widget-view+json": {"model_id": evil}}, {"application/vnd.plotly.v1+json": {"data": [], "layout": {"title": evil}}},
    {"image/png": base64.b64encode(evil.encode()).decode()}, {"image/png": "\"><script>alert(1)</script>"}, {"image/jpeg": evil},
    {"image/png": b"<svg onload=alert(1)>"}, {"text/html": {"a": evil}}, {"text/plain": evil}, {evil: evil}, {"text/plain": 7, "text/html": None},
    {"image/gif": "R0lGODlhAQABAAAAACw="}, {"text/html": "<img src='data:image/png;base64,x\" onerror=alert(1)'>"},
):
    get_ipython().display_pub.publish(bundle, {"isolated": True, evil: evil})
    try:
        display(bundle, raw=True)
    except Exception:
        pass
class Rich:
    def _repr_html_(self): return evil
    def _repr_svg_(self): return "<svg onload=alert(1)>"
    def _repr_javascript_(self): return "alert(1)"
    def _repr_mimebundle_(self, **keywords): return {"text/html": evil, "application/javascript": "alert(1)"}
    def __repr__(self): return evil
Rich()
