"""``notify.send``: tells people something, by e-mail, text message, webhook, or a notice that is read here.

Layer: activities. ``activity`` is the entry; ``message`` reads the input and splits it into deliveries, ``senders``
passes each on to ``mail``, ``phone`` or ``webhook``.
"""
