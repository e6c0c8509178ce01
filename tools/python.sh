#!/bin/sh
# Prints the Python to build with: 3.11 or newer, and best of all one that can make environments by itself.
# PYTHON=… names one. Without a fitting one: one line on standard error, status 1.
wanted="$PYTHON"

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
complete() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

if [ -n "$wanted" ]; then
    new_enough "$wanted" && { echo "$wanted"; exit 0; }
    found="$(version "$wanted")"
    echo "portal: Python 3.11 or newer is needed, and PYTHON=$wanted is ${found:-no Python that runs}." \
        "Name another: make PYTHON=/path/to/python3.11 …" >&2
    exit 1
fi

candidates="python3.13 python3.12 python3.11 python3"
for name in $candidates; do
    if new_enough "$name" && complete "$name"; then echo "$name"; exit 0; fi
done
for name in $candidates; do
    if new_enough "$name"; then echo "$name"; exit 0; fi
done
found="$(version python3)"
echo "portal: Python 3.11 or newer is needed, and the newest here is ${found:-none}." \
    "Install one (Debian 12: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11 …" >&2
exit 1
