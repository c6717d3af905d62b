# tries: text/html that runs code, loads things or restyles the page, in all the ways that filters miss
# wants: honest
# min: 15
# %% own
from IPython.display import HTML, display
for text in (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<a href='java&#x09;script:alert(1)'>x</a>", "<a href=' javascript:alert(1)'>x</a>", "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<a href='vbscript:x'>x</a>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<form action=javascript:alert(1)><button>x</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<style>body{display:none}</style>", "<p style='position:fixed;top:0'>x</p>",
    "<base href='http://192.0.2.1/'>", "<meta http-equiv=refresh content='0;url=http://192.0.2.1'>", "<link rel=stylesheet href=http://192.0.2.1>",
    "<table background='javascript:alert(1)'><td background=http://192.0.2.1/x>", "<img src='http://192.0.2.1/pixel'>", "<img srcset='http://192.0.2.1/x 2x'>",
    "<video src=http://192.0.2.1 onerror=alert(1)></video>", "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>", "<object data='data:text/html,x'></object>", "<embed src=x>", "<x onclick=alert(1)>x",
    "</pre></code></section><script>alert(1)</script>", "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>",
    "<a id=cell-1 name=cell-1 class=score>x</a>", "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>", "<div is=x onbegin=1>",
    "<a href=//192.0.2.1 ping=http://192.0.2.1 target=_top>x</a>", "<dialog open>x</dialog>", "<body onload=alert(1)>", "<html onmouseover=alert(1)>",
    "<" + "b" * 10 + " onclick=alert(1)>", "<img/src=x/onerror=alert(1)>", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<p title=\"'><img src=x onerror=alert(1)>\">",
    "<a href='&#106;avascript:alert(1)'>x</a>", "<button formaction=javascript:alert(1)>x", "\ufeff<script>alert(1)</script>", "<\x00script>alert(1)</script>",
):
    display(HTML(text))
