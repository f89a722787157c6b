codes! {
    601 NO_COMMAND Error General
    "a script without a command"
    "There is neither `script` nor `check`, so there is nothing to run; the `vrrp_script` is removed, and instances do not track \
     it."

    602 UNKNOWN_USER Error General
    "an unknown user or group of a command"
    "The user or the group that the command is to run as does not exist on this machine. The command is not run at all, \
     rather than as somebody else. Create the user, or name another behind the command or in `script_user`."

    603 UNKNOWN_SCRIPT_USER Error General
    "an unknown script_user"
    "The user or the group in `script_user` does not exist on this machine, so commands without a user of their own have none. \
     With `enable_script_security` they are not run."

    604 NO_DEFAULT_USER Error General
    "nobody to run a command as"
    "With `enable_script_security` a command needs a user: behind the command, in `script_user`, or the user \
     `keepalived_script`, which does not exist here. Create it with \
     `useradd --system --no-create-home --shell /usr/sbin/nologin keepalived_script`, or write `script_user USER`."

    605 COMMAND_NOT_FOUND Error General
    "a script that cannot be run"
    "The program is not there, or its user may not execute it. The check is disabled, and instances that track it behave as if it \
     were not there."

    606 HOOK_NOT_FOUND Warning Silent
    "a command that cannot be run"
    "The program is not there, or its user may not execute it. The command is not run."

    607 INSECURE_COMMAND Error General
    "a command that others could change"
    "A command that runs as root is refused if somebody else could put another program in its place: every directory on \
     its path and the program itself have to belong to root and must not be writable for other users. Run it as another user, or mend \
     the permissions as the message says."

    608 NO_SCRIPT_SECURITY Warning Security
    "commands are run without script security"
    "`enable_script_security` is not set, so nothing stops a command that runs as root and that other users could change. Write `enable_script_security` into global_defs, and `script_user USER` or the user `keepalived_script` if \
     the commands do not need to be root."

    609 LINK_ON_PATH Error General
    "a command behind a symbolic link"
    "A command that runs as root is refused if a directory on its path, as written, is a symbolic link, such as /bin and /sbin on \
     most systems of today. Write the real path, for example /usr/bin/PROGRAM."

    610 UNUSED_DEFINITION Note Silent
    "something is defined that nobody tracks"
    "No instance, group or check names this definition, so nothing comes of it."

    611 RELATIVE_COMMAND Warning Silent
    "a command with a relative path"
    "The path of the command counts from the directory in which the daemon runs, which is rarely what is meant. Write it from the \
     root directory on."

    612 TWO_KINDS_OF_CHECK Error General
    "a vrrp_script with a script and a check"
    "A `vrrp_script` has either a `script` or a `check`, as it has one result. The definition is removed; make two of it and track \
     both."

    613 USER_OF_CHECK Warning Silent
    "a user for a check that starts no process"
    "A `check` is made by the daemon itself and starts no process, so there is nothing for another user to run."

    614 BAD_URL Error General
    "a URL that cannot be checked"
    "A `check http` asks for a URL of the form `http://HOST[:PORT]/PATH`, where HOST is an address, in brackets if it is one of \
     IPv6, or a name. The definition is removed. Let a `script` such as `/usr/bin/curl` do what needs more."
}
