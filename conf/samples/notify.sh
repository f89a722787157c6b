#!/bin/sh
# Called at every change of state: TYPE NAME STATE PRIORITY, for example INSTANCE LB MASTER 150.
exec logger --tag keepalived-notify "$1 $2 is $3 now, priority $4"
