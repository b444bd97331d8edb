set -u
umask 077
here=$(dirname -- "$0")
# Messages and the order of letters are the same everywhere.
LC_ALL=C
export LC_ALL
. "$here/$settings"

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tests=0
failures=0
done_ids=' '
fhir_token='' fhir_ends=0
dicom_token='' dicom_ends=0

ok() {
  tests=$((tests + 1))
  printf 'ok %s - %s\n' "$tests" "$1"
}

not_ok() {
  tests=$((tests + 1))
  failures=$((failures + 1))
  good=no
  printf 'not ok %s - %s\n' "$tests" "$1"
  [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

finish() {
  printf '1..%s\n' "$tests"
  [ "$failures" -eq 0 ] && [ "$tests" -gt 0 ]
  exit $?
}

# need NAME VALUE: a setting that must have a value.
need() {
  [ -n "$2" ] && return
  printf 'no value for %s: fill it in in %s\n' "$1" "$settings" >&2
  exit 2
}

# flatten prints each value of a JSON document as a line "path<TAB>value", a list
# or an object as [] or {}, nothing for null. It fails if the text is no JSON.
flatten() {
  awk '
    function place(  i, p) {
      p = ""
      for (i = 1; i <= depth; i++)
        p = p (kind[i] == "[" ? "[" at[i] "]" : (i > 1 ? "." : "") key[i])
      return p
    }
    function bad() { failed = 1; exit 1 }
    # A value begins: it must be one place where a value may stand.
    function value(text) {
      if (want != "value") bad()
      if (text != "null") lines[++count] = place() "\t" text
      want = depth ? "next" : "end"
    }
    function open(mark) {
      if (want != "value") bad()
      lines[++count] = place() "\t" mark (mark == "[" ? "]" : "}")
      depth++
      kind[depth] = mark
      at[depth] = 0
      key[depth] = ""
      empty[depth] = 1
      want = mark == "[" ? "value" : "key"
    }
    function close_(mark) {
      if (!depth || kind[depth] != mark) bad()
      if (want != "next" && !(empty[depth] && want == (mark == "[" ? "value" : "key"))) bad()
      depth--
      want = depth ? "next" : "end"
    }
    function mark_used() { if (depth) empty[depth] = 0 }
    function structure(text,  c) {
      while (text != "") {
        c = substr(text, 1, 1)
        if (c ~ /[ \t\r\n]/) { text = substr(text, 2); continue }
        if (c == "{" || c == "[") { used = 1; mark_used(); open(c) }
        else if (c == "}") close_("{")
        else if (c == "]") close_("[")
        else if (c == ":") { if (want != "colon") bad(); want = "value" }
        else if (c == ",") {
          if (want != "next") bad()
          if (kind[depth] == "[") { at[depth]++; want = "value" } else want = "key"
        }
        else if (match(text, /^(-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null)/)) {
          mark_used()
          value(substr(text, 1, RLENGTH))
          text = substr(text, RLENGTH + 1)
          continue
        }
        else bad()
        text = substr(text, 2)
      }
    }
    function hex(text,  i, n) {
      n = 0
      for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
      return n
    }
    # Escapes of visible ASCII; others are left as they are written.
    function plain(text,  out, i, c, n) {
      if (index(text, "\\") == 0) return text
      out = ""
      while ((i = index(text, "\\")) > 0) {
        out = out substr(text, 1, i - 1)
        c = substr(text, i + 1, 1)
        text = substr(text, i + 2)
        if (c == "u") {
          n = hex(substr(text, 1, 4))
          out = out (n >= 32 && n < 127 ? sprintf("%c", n) : "\\u" substr(text, 1, 4))
          text = substr(text, 5)
        }
        else if (c == "\"" || c == "\\" || c == "/") out = out c
        else out = out "\\" c
      }
      return out text
    }
    function word(text) {
      if (want == "key") { empty[depth] = 0; key[depth] = plain(text); want = "colon" }
      else { mark_used(); value(plain(text)) }
    }
    BEGIN { want = "value"; depth = 0; count = 0 }
    {
      n = split($0, piece, "\"")
      for (i = 1; i <= n; i++) {
        structure(piece[i])
        if (i == n) break
        if (i + 1 == n) bad() # a string that does not end on its line
        text = piece[++i]
        while (text ~ /\\$/) {
          slashes = text
          sub(/^.*[^\\]/, "", slashes)
          if (length(slashes) % 2 == 0) break
          if (i + 1 >= n) bad()
          text = text "\"" piece[++i]
        }
        word(text)
      }
    }
    END {
      if (failed || want != "end") exit 1
      for (i = 1; i <= count; i++) print lines[i]
    }
  ' "$1" >"$2" 2>/dev/null || { : >"$2"; return 1; }
}

# at PATH: the value at a path of the last answer; fails if there is none.
at() {
  path=$1 awk 'BEGIN { path = ENVIRON["path"] "\t"; none = 1 }
    index($0, path) == 1 { print substr($0, length(path) + 1); none = 0; exit }
    END { exit none }' "$work/json"
}

# exchange ARGUMENTS…: one request; sets status, body in $work/body, headers in
# $work/head. Standard input is curl's.
exchange() {
  : >"$work/head"
  : >"$work/body"
  # No argument may be secret: others on this machine can read it.
  status=$(curl --silent --show-error --globoff --connect-timeout 20 --max-time 100 \
    --output "$work/body" --dump-header "$work/head" --write-out '%{http_code}' "$@" 2>"$work/said") || true
  case $status in [1-5][0-9][0-9]) ;; *) status=000 ;; esac
  flatten "$work/body" "$work/json" || true
}

# fetch_token SERVICE SCOPE: sets token, and ends to when to ask again.
fetch_token() {
  token='' ends=$(($(date +%s) + 60))
  if [ -n "$clientassertion" ]; then
    printf %s "$clientassertion" >"$work/credential"
    set -- "$1" "$2" client_assertion --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
  elif [ -n "$clientsecret" ]; then
    printf %s "$clientsecret" >"$work/credential"
    set -- "$1" "$2" client_secret
  else
    not_ok "token.$1: a credential" "no value for clientsecret: fill it in in $settings"
    return
  fi
  service=$1 scope=$2 name=$3
  shift 3
  exchange --url "$authority/$tenantid/oauth2/v2.0/token" --header 'Accept: application/json' \
    --data-urlencode grant_type=client_credentials --data-urlencode "client_id=$clientid" \
    --data-urlencode "scope=$scope" --data-urlencode "$name@$work/credential" "$@"
  rm -f "$work/credential"
  if [ "$status" = 200 ] && token=$(at access_token); then
    ends=$(($(date +%s) + $(at expires_in || echo 0) - 300))
    ok "token.$service: status 200, access_token is there"
  else
    token=''
    not_ok "token.$service: status 200, access_token is there" "status $status $(at error_description || cat "$work/said")"
  fi
}

# token_for SERVICE: sets token to one that lives five minutes at least, or to
# nothing. What was refused is not asked for again within a minute.
token_for() {
  now=$(date +%s)
  case $1 in
    fhir)
      token=$fhir_token
      [ "$now" -lt "$fhir_ends" ] && return
      fetch_token fhir "$fhirscope"
      fhir_token=$token fhir_ends=$ends ;;
    dicom)
      token=$dicom_token
      [ "$now" -lt "$dicom_ends" ] && return
      fetch_token dicom "$dicomscope"
      dicom_token=$token dicom_ends=$ends ;;
    *) token='' ;;
  esac
}

# request ID SERVICE|none METHOD ADDRESS ARGUMENTS…: sends, with a token of the
# service unless it says none.
request() {
  id=$1 service=$2
  good=yes
  method=$3 address=$4
  shift 4
  set -- --request "$method" --url "$address" "$@"
  if [ "$service" = none ]; then
    exchange "$@" </dev/null
    return
  fi
  token_for "$service"
  status=unsent
  good=yes
  [ -n "$token" ] || return
  exchange --config - "$@" <<END
header = "Authorization: Bearer $token"
END
}

# after ID NEEDED: whether the other has succeeded in this run.
after() {
  case $done_ids in *" $2 "*) return 0 ;; esac
  not_ok "$1: $2 has succeeded in this run" 'not sent'
  return 1
}

succeeded() { [ "$good" = no ] || done_ids="$done_ids$1 "; }

undone() { done_ids=$(printf %s "$done_ids" | sed "s/ $1 / /g"); }

expect_status() {
  if [ "$status" = unsent ]; then
    not_ok "$id: status $*" 'not sent, since there is no token'
    return 1
  fi
  for code in "$@"; do
    [ "$status" = "$code" ] && ok "$id: status $*" && return 0
  done
  not_ok "$id: status $*" "status $status $(head -c 300 "$work/body" | tr -d '\000-\010\013-\037')$(cat "$work/said")"
  return 1
}

verdict() {
  if [ "$1" = yes ]; then ok "$id: $2"; else not_ok "$id: $2" "seen: $(at "$3" | head -c 200 || true)"; fi
}

expect_header() {
  if awk -v name="$1" -v text="$2" '
    BEGIN { name = tolower(name) ":"; text = tolower(text); found = 1 }
    index(tolower($0), name) == 1 && index(substr(tolower($0), length(name) + 1), text) { found = 0 }
    END { exit found }' "$work/head"
  then ok "$id: header $1 $2"
  else not_ok "$id: header $1 $2"
  fi
}

expect_empty() { if [ -s "$work/body" ]; then not_ok "$id: empty body"; else ok "$id: empty body"; fi; }

expect_there() { if at "$1" >/dev/null; then verdict yes "$1 is there" "$1"; else verdict no "$1 is there" "$1"; fi; }

expect_absent() {
  if [ -s "$work/json" ] && ! at "$1" >/dev/null; then verdict yes "$1 is not there" "$1"; else verdict no "$1 is not there" "$1"; fi
}

expect_list() { if [ "$(at "$1" || true)" = '[]' ]; then verdict yes "${1:-body} is a list" "$1"; else verdict no "${1:-body} is a list" "$1"; fi; }

# expect_equal PATH VALUES…: the value is one of these.
expect_equal() {
  where=$1
  shift
  if seen=$(at "$where"); then
    for value in "$@"; do
      [ "$seen" = "$value" ] && verdict yes "$where is $*" "$where" && return
    done
  fi
  verdict no "$where is $*" "$where"
}

# captured PATH: an id of the last answer. One that is no id fails: it would go
# into the address of a later request.
captured() {
  found=$(at "$1" || true)
  case $found in
    '' | *[!A-Za-z0-9.-]* | . | ..) not_ok "$id: $1 is an id"; found='' ;;
  esac
}
