#!/bin/sh
# Succeeds if nginx answers on this host. The configuration ends it after its timeout.
exec curl --fail --silent --output /dev/null http://127.0.0.1/
