"""``http.request``: one HTTP call to the outside, which cannot be turned against the inside.

Layer: activities. ``activity`` is the entry; it follows redirects by ``targets`` (which URL), ``addresses`` (which
address may be reached) and ``exchange`` (one request and its answer).
"""
