#!/bin/bash
# start.sh [--watch-stdin | --parent-pid PID]
# Starts a private mail host for one test: Dovecot (IMAP, IMAPS, LMTP, submission), an SMTP sink and,
# with OAUTH=1, a stand-in for an OAuth2 provider. Prints where everything is, as ROOT/env holds it.
#   ROOT=DIR         where everything is written (default: a new directory; a short path, sockets live in it)
#   BASE=PORT        first of eight ports (default: free ones below the range that outgoing connections use)
#   USERS="a@b:pw …" mailboxes (default: me@test.example:secret debtor@test.example:secret)
#   CERT=ca          certificate shown: ca (signed by ROOT/etc/ca.pem), self (self-signed), other (for another name)
#   CAPS="IMAP4rev1 …"  advertised capabilities     IDLE_NOTIFY="2 mins"     MAXCONN=10
#   OAUTH=1          adds XOAUTH2 and OAUTHBEARER; tokens live EXPIRES=3600 seconds
# With --watch-stdin the host ends, and ROOT with it, when standard input does; with --parent-pid, when that
# process does. So nothing stays behind, however the test ends.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

watch=""
case "${1:-}" in
  --watch-stdin) watch=stdin ;;
  --parent-pid) watch=$2 ;;
  "") ;;
  *) echo "start.sh: unknown argument $1" >&2; exit 2 ;;
esac
for program in dovecot doveadm openssl python3; do
  command -v "$program" >/dev/null || { echo "start.sh: $program is missing; scripts/install-packages installs it" >&2; exit 69; }
done

ROOT=${ROOT:-$(mktemp -d /tmp/mh.XXXXXX)}
trap 'exit 130' INT TERM
trap '[ $? = 0 ] || { tail -n 5 "$ROOT"/log/*.log >&2 || true; "$here/stop.sh" "$ROOT" --delete; }' EXIT
mkdir -p "$ROOT"/{etc,run,state,log,home,sink}
chmod 0711 "$ROOT"
chmod 0755 "$ROOT"/{etc,run,state,log}

version=$(dovecot --version | cut -d. -f1-2)
[ "$version" = 2.3 ] || version=2.4
if [ "$(id -u)" = 0 ]; then
  internal_user=dovecot internal_group=dovecot login_user=dovenull lmtp_user=root mail_user=${MAILUSER:-mail}
else
  internal_user=$(id -un) internal_group=$(id -gn)
  login_user=$internal_user lmtp_user=$internal_user mail_user=$internal_user
fi
mail_uid=$(id -u "$mail_user") mail_gid=$(id -g "$mail_user")

: > "$ROOT/etc/users"
chmod 0600 "$ROOT/etc/users"
for user in ${USERS:-me@test.example:secret debtor@test.example:secret}; do
  printf '%s:{PLAIN}%s::::::\n' "${user%%:*}" "${user#*:}" >> "$ROOT/etc/users"
done
if [ "$(id -u)" = 0 ]; then chown "$mail_uid:$mail_gid" "$ROOT/home"; chown dovecot "$ROOT/etc/users"; fi

[ -f "$ROOT/etc/ca.pem" ] || "$here/certificates.sh" "$ROOT/etc"
case "${CERT:-ca}" in
  ca) cert=$ROOT/etc/cert.pem key=$ROOT/etc/key.pem ;;
  self) cert=$ROOT/etc/self.pem key=$ROOT/etc/self-key.pem ;;
  other) cert=$ROOT/etc/other.pem key=$ROOT/etc/other-key.pem ;;
  *) echo "start.sh: CERT is ca, self or other, not $CERT" >&2; exit 2 ;;
esac

# oauth_block: what each version of Dovecot needs to ask tokens.py about a bearer token
oauth_block() {
  local common="introspection_mode = auth
introspection_url = http://127.0.0.1:$tokens/introspect
force_introspection = yes
username_attribute = email
active_attribute = active
active_value = true"
  if [ "$version" = 2.3 ]; then
    printf '%s\n' "$common" > "$ROOT/etc/oauth2.conf"
    printf 'passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = %s\n}\n' "$ROOT/etc/oauth2.conf"
  else
    printf 'oauth2 {\n%s\n}\n' "$common"
  fi
}

# write_configuration: from the template, for the ports from $base on
write_configuration() {
  imap=$base imaps=$((base + 1)) lmtp=$((base + 2)) submission=$((base + 3))
  sink=$((base + 4)) tokens=$((base + 5)) sink_tls=$((base + 6))
  local oauth="" mechanisms="" caps=""
  if [ "${OAUTH:-0}" = 1 ]; then oauth=$(oauth_block); mechanisms="xoauth2 oauthbearer"; fi
  if [ -n "${CAPS:-}" ]; then caps="imap_capability = $CAPS"; fi
  local text
  text=$(<"$here/dovecot-$version.conf.in")
  local -A words=(
    [ROOT]=$ROOT [UID]=$mail_uid [GID]=$mail_gid [CERT]=$cert [KEY]=$key
    [INTERNAL_USER]=$internal_user [INTERNAL_GROUP]=$internal_group [LOGIN_USER]=$login_user [LMTP_USER]=$lmtp_user
    [IMAP]=$imap [IMAPS]=$imaps [LMTP]=$lmtp [SUBMISSION]=$submission [SINK]=$sink
    [OAUTH]=$oauth [MECHANISMS]=$mechanisms [CAPS]=$caps
    [IDLE_NOTIFY]=${IDLE_NOTIFY:-2 mins} [MAXCONN]=${MAXCONN:-10}
  )
  local word
  for word in "${!words[@]}"; do text=${text//"@$word@"/"${words[$word]}"}; done
  printf '%s\n' "$text" > "$ROOT/etc/dovecot.conf"
}

# start_servers: false where a port turned out to be taken, with nothing left running
start_servers() {
  rm -f "$ROOT/sink.pid" "$ROOT/tokens.pid"
  setsid python3 "$here/sink.py" "$ROOT/sink" --port "$sink" --tls-port "$sink_tls" --cert "$cert" --key "$key" \
    --lmtp "$lmtp" --imap "$imap" --users "$ROOT/etc/users" >"$ROOT/log/sink.log" 2>&1 </dev/null &
  echo $! > "$ROOT/sink.pid"
  if [ "${OAUTH:-0}" = 1 ]; then
    setsid python3 "$here/tokens.py" "$tokens" "$ROOT/tokens.json" >"$ROOT/log/tokens.log" 2>&1 </dev/null &
    echo $! > "$ROOT/tokens.pid"
  fi
  if dovecot -c "$ROOT/etc/dovecot.conf" </dev/null >"$ROOT/log/start.log" 2>&1 && answering; then return 0; fi
  "$here/stop.sh" "$ROOT"
  return 1
}

# answering: whether our own processes, and not a stranger's, listen on every port
answering() {
  local port
  for port in "$imap" "$lmtp" "$submission" "$sink" "$sink_tls" ${OAUTH:+"$tokens"}; do
    for _ in $(seq 200); do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
      sleep 0.02
    done
  done
  kill -0 "$(<"$ROOT/sink.pid")" 2>/dev/null || return 1
  if [ -f "$ROOT/tokens.pid" ]; then kill -0 "$(<"$ROOT/tokens.pid")" 2>/dev/null || return 1; fi
  # Dovecot listens before it writes its number down; on a busy machine long before.
  for _ in $(seq 200); do
    if [ -s "$ROOT/run/master.pid" ]; then break; fi
    sleep 0.02
  done
  [ -s "$ROOT/run/master.pid" ] && kill -0 "$(<"$ROOT/run/master.pid")" 2>/dev/null
}

started=no
for _ in $(seq 20); do
  base=${BASE:-$((10000 + RANDOM % 2200 * 10))}
  write_configuration
  if start_servers; then started=yes; break; fi
  [ -z "${BASE:-}" ] || break
done
if [ $started = no ]; then
  echo "start.sh: the mail host does not start in $ROOT (ports from $base on)" >&2
  cat "$ROOT/log/start.log" >&2
  exit 1
fi

cat > "$ROOT/env" <<X
ROOT=$ROOT
IMAP=$imap
IMAPS=$imaps
LMTP=$lmtp
SUBMISSION=$submission
SINK=$sink
SINK_TLS=$sink_tls
TOKENS=$tokens
X

# The watcher comes last: a parent that is gone by now ends the host at once. A session of its own keeps it
# alive through a Ctrl-C meant for its parent.
case "$watch" in
  "") ;;
  stdin) setsid "$here/watch.sh" "$ROOT" stdin <&0 >/dev/null 2>&1 & ;;
  *) setsid "$here/watch.sh" "$ROOT" "$watch" </dev/null >/dev/null 2>&1 & ;;
esac
if [ -n "$watch" ]; then echo $! > "$ROOT/watch.pid"; fi
cat "$ROOT/env"
