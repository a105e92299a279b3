#
# It needs a POSIX shell, curl, and the variables that it asks for. It sends what
# polygraph sent, each request once, with things of its own, reads what came of it, at
# once and after $wait seconds, and removes what it has made, and nothing else.
#
#   POLYGRAPH_SERVER  another address to send it to
#   POLYGRAPH_REST    for how long what was made rests before the call, in seconds
#   POLYGRAPH_WAIT    for how long to wait for what comes of it, in seconds
set -u
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
missing=

need() { # VARIABLE WHAT-IT-IS
  eval "[ -n \"\${$1:-}\" ]" || { echo "set $1: $2" >&2; missing=yes; }
}
unique() { printf pg; od -An -N7 -tx1 /dev/urandom | tr -d ' \n'; }
uuid() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n' |
    sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-4\3-8\4-\5/'
}
title() { printf '\n== %s\n' "$1"; }
say() { printf '\n%s  %s\n' "$(date -u +%H:%M:%S)" "$1"; }
show() { # LINES: what came back: the ids by which it is found in a log, and the beginning of the body
  grep -i -E '^(date|location|traceparent|cf-ray|[a-z0-9-]*(request|correlation|trace)-?id):' "$dir/head" | legible
  sed "${1:-20}q" "$dir/body" 2>/dev/null | cut -c1-2000 | legible
  echo
}
legible() { tr -d '\r' | LC_ALL=C tr -c '\11\12\40-\176' '?' | sed 's/^/  | /'; }
names() { # THING IDENTITY MARKER
  if [ -n "$2" ] && [ ${#2} -ge 5 ] && grep -F -q -e "$2" "$dir/body" || grep -F -q -e "$3" "$dir/body"; then
    echo "  $1 is in it"
  else
    echo "  $1 is not in it"
  fi
}
ask() { # THING
  printf '  the identity of %s, from the reply above: ' "$1" >&2
  read -r answer
  printf %s "$answer"
}
between() { # FILE BEFORE NTH: the identity that stands after the nth BEFORE
  BEFORE="$2" NTH="$3" LC_ALL=C awk '{ all = all $0 "\n" } END {
    before = ENVIRON["BEFORE"]
    for (n = ENVIRON["NTH"]; n > 0; n--) {
      at = index(all, before)
      if (!at) exit
      all = substr(all, at + length(before))
    }
    if (match(all, /^[A-Za-z0-9._~-]+/)) print substr(all, 1, RLENGTH)
  }' "$1"
}
carrying() { # FILE BEFORE MARKER: the identities of the items that carry the marker
  BEFORE="$2" MARKER="$3" LC_ALL=C awk '{ all = all $0 "\n" } END {
    before = ENVIRON["BEFORE"]
    while (at = index(all, before)) {
      all = substr(all, at + length(before))
      at = index(all, before)
      item = at ? substr(all, 1, at - 1) : all
      if (index(item, ENVIRON["MARKER"]) && match(item, /^[A-Za-z0-9._~-]+/)) print substr(item, 1, RLENGTH)
    }
  }' "$1"
}
last_of_location() { # FILE
  tr -d '\r' <"$1" | sed -n 's/^[Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:.*\/\([A-Za-z0-9._~-]*\)\/*\([?#].*\)*$/\1/p' | sed 1q
}
