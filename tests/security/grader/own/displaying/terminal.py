# tries: terminal sequences and invisible characters: links, colours, erasing, right-to-left, zero width, carriage returns
# wants: honest
# min: 15
# %% own
print("\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\ \x1b[31;1m<b>red</b>\x1b[0m \x1b[2J\x1b[H \x1b]0;title\x07 \x9b31m \x1bP0;0;0q\x1b\\")
print("0 of 15 points\r15 of 15 points\b\b \u202e stniop 51 fo 51 \u2066 \u200b\u200d\ufeff \x00 \x08 \x7f \ud800 \uffff \U000e0001")
print("\u202e" * 1000, "\u0301" * 5000, "\ufdfd" * 500, "<plaintext>", "<xmp>", "<textarea>", "]]>", "--!>", "<!--")
# %% own
"\x1b[31m<script>alert(1)</script>\x1b[0m"
