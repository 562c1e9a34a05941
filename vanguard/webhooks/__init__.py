"""Telling partners' programs what happened: signed webhooks, each delivered at least once (docs/webhooks.md).

A request writes nothing for them. What is told is read from the recorded changes (vanguard.recording), which the database writes in the
transaction of the change; a command turns those that somebody has subscribed to into deliveries, and sends them.
"""
