"""The peers need packages that only `make bench` installs, and half a minute: their test is collected where BENCH_PEERS=1 asks for it.

`make bench` makes the same comparison before it measures anything, so nothing rests on this test alone.
"""

import os

collect_ignore = [] if os.environ.get("BENCH_PEERS") == "1" else ["test_peers.py"]
