#!/bin/sh
# Succeeds if haproxy runs. A process of another user may be looked at, but not signalled, so /proc tells.
pid=$(cat /run/haproxy.pid) && [ "$(cat "/proc/$pid/comm")" = haproxy ]
