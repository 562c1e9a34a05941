"""Telling open pages and programs at once, over WebSockets. Knows no insurance: apps register streams and announce messages.

streams   what can be followed, and who sees it          messages  one thing that happened, and `announce`
hub       the sockets of this process                    relays    between processes: Redis, or this machine's workers
door      who comes in: a token, or the admin's session   standing  whether who came in may still be there
sockets   the ASGI application that ties them together    codes     why a socket was closed
"""
