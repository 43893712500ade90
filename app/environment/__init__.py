"""The lab as a training environment: one incident an episode, AOI's own probes and proposals as tools.

It lives in `app` because it joins the lab, which knows no agent, to the graph and the tools, which know no lab.
Nothing here needs torch or trl.
"""
