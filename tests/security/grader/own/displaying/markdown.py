# tries: markdown cells that turn into live links, pictures that tell of the reader, HTML, references and styles
# wants: honest
# min: 15
# %% markdown
# # <script>alert(1)</script>
# [a](javascript:alert(1)) [b]( java&#115;cript:alert(1)) [c](data:text/html;base64,PHNjcmlwdD4=) <javascript:alert(1)>
# ![pixel](http://192.0.2.1/pixel) ![x](javascript:alert(1)) ![x](data:image/svg+xml;base64,PHN2Zz4=)
# [reference][1] [other][JS] ![picture][2]
#
# [1]: javascript:alert(1)
# [JS]: data:text/html,x "onmouseover=alert(1)"
# [2]: http://192.0.2.1/x?"onerror="alert(1)
# <http://192.0.2.1/"onmouseover="alert(1)>
# ```html"><script>alert(1)</script>
# </code></pre><script>alert(1)</script>
# ```
# | <img src=x onerror=alert(1)> | b |
# |---|---|
# | [x](vbscript:x) | ~~<svg onload=alert(1)>~~ |
# <details open ontoggle=alert(1)><summary style="position:fixed">x</summary></details>
# &lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;
# **[x](\x01javascript:alert(1))** [y](//192.0.2.1) [z](http://[::1]/"><script>)
