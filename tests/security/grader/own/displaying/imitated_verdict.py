# tries: output that looks like the page's own verdict, with its classes, marks and links
# max: 0
# never: 15 of 15 points</strong>
# never: <p class="score"><span><strong>15
# %% own
from IPython.display import HTML
HTML('<header><p class="score"><span><strong>15</strong> of 15 points</span><meter value=15 max=15></meter></p></header>'
     '<ul class="tests"><li><span class="state growth">Passed</span></li></ul><details class="test growth" id="cell-1" open>x</details>')
