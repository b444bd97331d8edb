#!/bin/sh
# hdstest: connectivity checks for Azure Health Data Services, with curl.
#
# Fill in hdstest.env, then: sh hdstest.sh
# Writes TAP; ends with 1 if a check failed, 2 if a setting is missing.
# What changes data is sent only if allow_writes is true.
# Needs curl 7.55 or later, awk, sed, od. A private CA: set CURL_CA_BUNDLE.
# shellcheck disable=SC1090,SC2154
settings='hdstest.env'
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

need tenantid "$tenantid"
need clientid "$clientid"
need authority "$authority"
need fhirurl "$fhirurl"
need fhirscope "$fhirscope"
need dicomurl "$dicomurl"
need dicomroot "$dicomroot"
need dicomscope "$dicomscope"
study_uid=2.25.302647561602638105831851011093875540526
series_uid=2.25.164953389799279448224089617519357113049
instance_uid=2.25.190292916259108477442110460960785702268
second_instance_uid=2.25.324371828361005820374955959786657641788
absent_uid=2.25.79141170627827844438469475201321296974

printf '# %s\n' 'FHIR: without a token'

# Health check
request 'fhir.health' none GET "${fhirurl}/health/check" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_equal 'overallStatus' 'Healthy'
fi

# Capability statement
request 'fhir.metadata' none GET "${fhirurl}/metadata" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'CapabilityStatement'
  expect_there 'fhirVersion'
fi

# SMART configuration
request 'fhir.smart-configuration' none GET "${fhirurl}/.well-known/smart-configuration" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_there 'authorization_endpoint'
  expect_there 'token_endpoint'
fi

# FHIR versions
request 'fhir.versions' none GET "${fhirurl}/\$versions" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_there 'versions[0]'
  expect_there 'default'
fi

# Patient without a token is refused
request 'fhir.challenge' none GET "${fhirurl}/Patient" \
  --header 'Accept: application/fhir+json'
if expect_status 401; then
  expect_header 'WWW-Authenticate' 'Bearer'
fi

printf '# %s\n' 'FHIR: reading'

# Count patients
request 'fhir.patient.count' fhir GET "${fhirurl}/Patient?_summary=count" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'searchset'
  expect_there 'total'
fi

# Search one patient
request 'fhir.patient.list' fhir GET "${fhirurl}/Patient?_count=1" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'searchset'
fi

# Search one observation
request 'fhir.observation.list' fhir GET "${fhirurl}/Observation?_count=1" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'searchset'
fi

printf '# %s\n' 'FHIR: writing (changes data)'
if [ "$allow_writes" = true ]; then

# Create a synthetic patient
patient_id=''
run_id=$(od -An -N16 -v -tx1 /dev/urandom | tr -d ' \n')
cat >"$work/send" <<END_OF_BODY
{
  "resourceType": "Patient",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "unknown",
  "birthDate": "1960-12-25"
}
END_OF_BODY
request 'fhir.patient.create' fhir POST "${fhirurl}/Patient" \
  --header 'Accept: application/fhir+json' \
  --header 'Content-Type: application/fhir+json' \
  --data-binary "@$work/send"
if expect_status 201; then
  expect_header 'Location' ''
  expect_equal 'resourceType' 'Patient'
  expect_there 'id'
  captured 'id'; patient_id=$found
  succeeded 'fhir.patient.create'
fi

# Read the patient
if after 'fhir.patient.read' 'fhir.patient.create'; then
request 'fhir.patient.read' fhir GET "${fhirurl}/Patient/${patient_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Patient'
  expect_equal 'id' "${patient_id}"
fi
fi

# Find the patient by tag and identifier
if after 'fhir.patient.search' 'fhir.patient.create'; then
request 'fhir.patient.search' fhir GET "${fhirurl}/Patient?_tag=https%3A%2F%2Fhdstest.example%2Ftag%7Csynthetic&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C${run_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'entry[0].resource.resourceType' 'Patient'
  expect_equal 'entry[0].resource.identifier[0].value' "${run_id}"
  expect_absent 'entry[1]'
fi
fi

# Update the patient
if after 'fhir.patient.update' 'fhir.patient.create'; then
cat >"$work/send" <<END_OF_BODY
{
  "resourceType": "Patient",
  "id": "${patient_id}",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "other",
  "birthDate": "1960-12-25"
}
END_OF_BODY
request 'fhir.patient.update' fhir PUT "${fhirurl}/Patient/${patient_id}" \
  --header 'Accept: application/fhir+json' \
  --header 'Content-Type: application/fhir+json' \
  --data-binary "@$work/send"
if expect_status 200; then
  expect_equal 'id' "${patient_id}"
  expect_equal 'gender' 'other'
  succeeded 'fhir.patient.update'
fi
fi

# Update the patient by its identifier
if after 'fhir.patient.conditional-update' 'fhir.patient.create'; then
cat >"$work/send" <<END_OF_BODY
{
  "resourceType": "Patient",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "other",
  "birthDate": "1960-12-25"
}
END_OF_BODY
request 'fhir.patient.conditional-update' fhir PUT "${fhirurl}/Patient?identifier=https%3A%2F%2Fhdstest.example%2Frun%7C${run_id}" \
  --header 'Accept: application/fhir+json' \
  --header 'Content-Type: application/fhir+json' \
  --data-binary "@$work/send"
if expect_status 200; then
  expect_equal 'id' "${patient_id}"
fi
fi

# History of the patient
if after 'fhir.patient.history' 'fhir.patient.update'; then
request 'fhir.patient.history' fhir GET "${fhirurl}/Patient/${patient_id}/_history" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'history'
  expect_equal 'entry[0].resource.id' "${patient_id}"
  expect_there 'entry[1]'
fi
fi

# Create a synthetic observation
observation_id=''
if after 'fhir.observation.create' 'fhir.patient.create'; then
cat >"$work/send" <<END_OF_BODY
{
  "resourceType": "Observation",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}"}],
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
  "subject": {"reference": "Patient/${patient_id}"},
  "effectiveDateTime": "2020-01-01",
  "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
}
END_OF_BODY
request 'fhir.observation.create' fhir POST "${fhirurl}/Observation" \
  --header 'Accept: application/fhir+json' \
  --header 'Content-Type: application/fhir+json' \
  --data-binary "@$work/send"
if expect_status 201; then
  expect_header 'Location' ''
  expect_equal 'resourceType' 'Observation'
  expect_there 'id'
  captured 'id'; observation_id=$found
  succeeded 'fhir.observation.create'
fi
fi

# Read the observation
if after 'fhir.observation.read' 'fhir.observation.create'; then
request 'fhir.observation.read' fhir GET "${fhirurl}/Observation/${observation_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Observation'
  expect_equal 'id' "${observation_id}"
fi
fi

# Find the observation of the patient
if after 'fhir.observation.search' 'fhir.observation.create'; then
request 'fhir.observation.search' fhir GET "${fhirurl}/Observation?subject=Patient%2F${patient_id}&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C${run_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'entry[0].resource.resourceType' 'Observation'
  expect_equal 'entry[0].resource.identifier[0].value' "${run_id}"
  expect_absent 'entry[1]'
fi
fi

# Everything of the patient
if after 'fhir.patient.everything' 'fhir.observation.create'; then
request 'fhir.patient.everything' fhir GET "${fhirurl}/Patient/${patient_id}/\$everything" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'searchset'
  expect_there 'entry[0]'
fi
fi

# Create a patient and amend the observation, both or none
if after 'fhir.transaction' 'fhir.observation.create'; then
cat >"$work/send" <<END_OF_BODY
{
  "resourceType": "Bundle",
  "type": "transaction",
  "entry": [
    {
      "resource": {"resourceType": "Patient", "id": "${run_id}", "active": false,
        "meta": {"tag": [{"system": "https://hdstest.example/tag", "code": "synthetic"}]},
        "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}-transaction"}]},
      "request": {"method": "PUT", "url": "Patient/${run_id}"}
    },
    {
      "resource": {"resourceType": "Observation", "id": "${observation_id}", "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "${run_id}"}],
        "status": "amended", "code": {"text": "Body weight"}, "subject": {"reference": "Patient/${patient_id}"}},
      "request": {"method": "PUT", "url": "Observation/${observation_id}"}
    }
  ]
}
END_OF_BODY
request 'fhir.transaction' fhir POST "${fhirurl}/" \
  --header 'Accept: application/fhir+json' \
  --header 'Content-Type: application/fhir+json' \
  --data-binary "@$work/send"
if expect_status 200; then
  expect_equal 'resourceType' 'Bundle'
  expect_equal 'type' 'transaction-response'
  expect_there 'entry[0].response.status'
  expect_there 'entry[1].response.status'
  succeeded 'fhir.transaction'
fi
fi

# Read the patient of the transaction
if after 'fhir.transaction.read' 'fhir.transaction'; then
request 'fhir.transaction.read' fhir GET "${fhirurl}/Patient/${run_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 200; then
  expect_equal 'resourceType' 'Patient'
  expect_equal 'id' "${run_id}"
fi
fi

# Delete the patient of the transaction
if after 'fhir.transaction.delete' 'fhir.transaction'; then
request 'fhir.transaction.delete' fhir DELETE "${fhirurl}/Patient/${run_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 204 200; then
  undone 'fhir.transaction'
fi
fi

# Delete the observation
if after 'fhir.observation.delete' 'fhir.observation.create'; then
request 'fhir.observation.delete' fhir DELETE "${fhirurl}/Observation/${observation_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 204 200; then
  undone 'fhir.observation.create'
fi
fi

# Delete the patient
if after 'fhir.patient.delete' 'fhir.patient.create'; then
request 'fhir.patient.delete' fhir DELETE "${fhirurl}/Patient/${patient_id}" \
  --header 'Accept: application/fhir+json'
if expect_status 204 200; then
  succeeded 'fhir.patient.delete'
  undone 'fhir.patient.create'
fi
fi

# Read the deleted patient
if after 'fhir.patient.gone' 'fhir.patient.delete'; then
request 'fhir.patient.gone' fhir GET "${fhirurl}/Patient/${patient_id}" \
  --header 'Accept: application/fhir+json'
expect_status 410
fi

else
  printf '# not sent, since allow_writes is not true\n'
fi

printf '# %s\n' 'DICOM: without a token'

# Health check
request 'dicom.health' none GET "${dicomroot}/health/check" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_equal 'overallStatus' 'Healthy'
fi

# Studies without a token are refused
request 'dicom.challenge' none GET "${dicomurl}/studies?limit=1" \
  --header 'Accept: application/dicom+json'
if expect_status 401; then
  expect_header 'WWW-Authenticate' 'Bearer'
fi

printf '# %s\n' 'DICOM: reading'

# Latest entry of the change feed
request 'dicom.changefeed.latest' dicom GET "${dicomurl}/changefeed/latest?includeMetadata=false" \
  --header 'Accept: application/json'
expect_status 200 204

# Change feed
request 'dicom.changefeed.list' dicom GET "${dicomurl}/changefeed?limit=1&includeMetadata=false" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_list ''
fi

# Search one study (QIDO-RS)
request 'dicom.studies.list' dicom GET "${dicomurl}/studies?limit=1" \
  --header 'Accept: application/dicom+json'
if expect_status 200 204; then
  [ "$status" != 200 ] || expect_list ''
fi

# Search a study that is not there
request 'dicom.studies.absent' dicom GET "${dicomurl}/studies?StudyInstanceUID=${absent_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 204 200; then
  [ "$status" != 200 ] || expect_list ''
  [ "$status" != 200 ] || expect_absent '[0]'
fi

# Extended query tags
request 'dicom.tags.list' dicom GET "${dicomurl}/extendedquerytags?limit=1" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_list ''
fi

printf '# %s\n' 'DICOM: writing (changes data)'
if [ "$allow_writes" = true ]; then

# Store an instance (STOW-RS)
request 'dicom.store' dicom POST "${dicomurl}/studies" \
  --header 'Accept: application/dicom+json' \
  --header 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d' \
  --data-binary "@$here/hdstest-1.dcm.multipart"
if expect_status 200 202 409; then
  [ "$status" != 200 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${instance_uid}"
  [ "$status" != 202 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${instance_uid}"
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081197.Value[0]' '45070'
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081155.Value[0]' "${instance_uid}"
  succeeded 'dicom.store'
fi

# Search the stored study (QIDO-RS)
if after 'dicom.stored.studies' 'dicom.store'; then
request 'dicom.stored.studies' dicom GET "${dicomurl}/studies?StudyInstanceUID=${study_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].0020000D.Value[0]' "${study_uid}"
fi
fi

# Search its series (QIDO-RS)
if after 'dicom.stored.series' 'dicom.store'; then
request 'dicom.stored.series' dicom GET "${dicomurl}/studies/${study_uid}/series" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].0020000E.Value[0]' "${series_uid}"
fi
fi

# Search the series in all studies (QIDO-RS)
if after 'dicom.stored.series.all' 'dicom.store'; then
request 'dicom.stored.series.all' dicom GET "${dicomurl}/series?SeriesInstanceUID=${series_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].0020000E.Value[0]' "${series_uid}"
fi
fi

# Search its instances (QIDO-RS)
if after 'dicom.stored.instances' 'dicom.store'; then
request 'dicom.stored.instances' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].00080018.Value[0]' "${instance_uid}"
fi
fi

# Search the instances of the study (QIDO-RS)
if after 'dicom.stored.instances.study' 'dicom.store'; then
request 'dicom.stored.instances.study' dicom GET "${dicomurl}/studies/${study_uid}/instances" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].00080018.Value[0]' "${instance_uid}"
fi
fi

# Search the instance in all studies (QIDO-RS)
if after 'dicom.stored.instances.all' 'dicom.store'; then
request 'dicom.stored.instances.all' dicom GET "${dicomurl}/instances?SOPInstanceUID=${instance_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].00080018.Value[0]' "${instance_uid}"
fi
fi

# Change feed after storing
if after 'dicom.stored.changefeed' 'dicom.store'; then
request 'dicom.stored.changefeed' dicom GET "${dicomurl}/changefeed/latest?includeMetadata=false" \
  --header 'Accept: application/json'
if expect_status 200; then
  expect_header 'Content-Type' 'json'
fi
fi

# Metadata of the study (WADO-RS)
if after 'dicom.study.metadata' 'dicom.store'; then
request 'dicom.study.metadata' dicom GET "${dicomurl}/studies/${study_uid}/metadata" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].0020000D.Value[0]' "${study_uid}"
fi
fi

# Metadata of the series (WADO-RS)
if after 'dicom.series.metadata' 'dicom.store'; then
request 'dicom.series.metadata' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/metadata" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].0020000E.Value[0]' "${series_uid}"
fi
fi

# Metadata of the instance (WADO-RS)
if after 'dicom.instance.metadata' 'dicom.store'; then
request 'dicom.instance.metadata' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}/metadata" \
  --header 'Accept: application/dicom+json'
if expect_status 200; then
  expect_equal '[0].00080018.Value[0]' "${instance_uid}"
fi
fi

# Retrieve the instance (WADO-RS)
if after 'dicom.instance.retrieve' 'dicom.store'; then
request 'dicom.instance.retrieve' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}" \
  --header 'Accept: application/dicom; transfer-syntax=*'
if expect_status 200; then
  expect_header 'Content-Type' 'application/dicom'
fi
fi

# Retrieve the study (WADO-RS)
if after 'dicom.study.retrieve' 'dicom.store'; then
request 'dicom.study.retrieve' dicom GET "${dicomurl}/studies/${study_uid}" \
  --header 'Accept: multipart/related; type="application/dicom"; transfer-syntax=*'
if expect_status 200; then
  expect_header 'Content-Type' 'multipart/related'
fi
fi

# Retrieve the series (WADO-RS)
if after 'dicom.series.retrieve' 'dicom.store'; then
request 'dicom.series.retrieve' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}" \
  --header 'Accept: multipart/related; type="application/dicom"; transfer-syntax=*'
if expect_status 200; then
  expect_header 'Content-Type' 'multipart/related'
fi
fi

# Retrieve the first frame (WADO-RS)
if after 'dicom.frames.retrieve' 'dicom.store'; then
request 'dicom.frames.retrieve' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}/frames/1" \
  --header 'Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*'
if expect_status 200; then
  expect_header 'Content-Type' 'multipart/related'
fi
fi

# Retrieve the first frame, single part
if after 'dicom.frame.retrieve' 'dicom.store'; then
request 'dicom.frame.retrieve' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}/frames/1" \
  --header 'Accept: application/octet-stream; transfer-syntax=*'
if expect_status 200; then
  expect_header 'Content-Type' 'application/octet-stream'
fi
fi

# Render the instance as JPEG (WADO-RS)
if after 'dicom.instance.rendered' 'dicom.store'; then
request 'dicom.instance.rendered' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}/rendered" \
  --header 'Accept: image/jpeg'
if expect_status 200; then
  expect_header 'Content-Type' 'image/jpeg'
fi
fi

# Render the first frame as PNG (WADO-RS)
if after 'dicom.frame.rendered' 'dicom.store'; then
request 'dicom.frame.rendered' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}/frames/1/rendered" \
  --header 'Accept: image/png'
if expect_status 200; then
  expect_header 'Content-Type' 'image/png'
fi
fi

# Store the instance into its study again: it is there
if after 'dicom.store.again' 'dicom.store'; then
request 'dicom.store.again' dicom POST "${dicomurl}/studies/${study_uid}" \
  --header 'Accept: application/dicom+json' \
  --header 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d' \
  --data-binary "@$here/hdstest-1.dcm.multipart"
if expect_status 200 202 409; then
  [ "$status" != 200 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${instance_uid}"
  [ "$status" != 202 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${instance_uid}"
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081197.Value[0]' '45070'
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081155.Value[0]' "${instance_uid}"
fi
fi

# Replace the instance (upsert)
if after 'dicom.upsert' 'dicom.store'; then
request 'dicom.upsert' dicom PUT "${dicomurl}/studies/${study_uid}" \
  --header 'Accept: application/dicom+json' \
  --header 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d' \
  --data-binary "@$here/hdstest-1.dcm.multipart"
if expect_status 200 202; then
  expect_equal '00081199.Value[0].00081155.Value[0]' "${instance_uid}"
fi
fi

# Store a second instance, single part
if after 'dicom.store.single' 'dicom.store'; then
request 'dicom.store.single' dicom POST "${dicomurl}/studies" \
  --header 'Accept: application/dicom+json' \
  --header 'Content-Type: application/dicom' \
  --data-binary "@$here/hdstest-2.dcm"
if expect_status 200 202 409; then
  [ "$status" != 200 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${second_instance_uid}"
  [ "$status" != 202 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${second_instance_uid}"
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081197.Value[0]' '45070'
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081155.Value[0]' "${second_instance_uid}"
  succeeded 'dicom.store.single'
fi
fi

# Delete the first instance
if after 'dicom.instance.delete' 'dicom.store'; then
request 'dicom.instance.delete' dicom DELETE "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 204 200; then
  succeeded 'dicom.instance.delete'
  undone 'dicom.store'
fi
fi

# Retrieve the deleted instance
if after 'dicom.instance.gone' 'dicom.instance.delete'; then
request 'dicom.instance.gone' dicom GET "${dicomurl}/studies/${study_uid}/series/${series_uid}/instances/${instance_uid}" \
  --header 'Accept: application/dicom; transfer-syntax=*'
expect_status 404
fi

# Delete the series
if after 'dicom.series.delete' 'dicom.store.single'; then
request 'dicom.series.delete' dicom DELETE "${dicomurl}/studies/${study_uid}/series/${series_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 204 200; then
  succeeded 'dicom.series.delete'
fi
fi

# Store the second instance once more, for the study to be deleted
if after 'dicom.store.last' 'dicom.series.delete'; then
request 'dicom.store.last' dicom POST "${dicomurl}/studies" \
  --header 'Accept: application/dicom+json' \
  --header 'Content-Type: application/dicom' \
  --data-binary "@$here/hdstest-2.dcm"
if expect_status 200 202 409; then
  [ "$status" != 200 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${second_instance_uid}"
  [ "$status" != 202 ] || expect_equal '00081199.Value[0].00081155.Value[0]' "${second_instance_uid}"
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081197.Value[0]' '45070'
  [ "$status" != 409 ] || expect_equal '00081198.Value[0].00081155.Value[0]' "${second_instance_uid}"
  succeeded 'dicom.store.last'
fi
fi

# Delete the study
if after 'dicom.study.delete' 'dicom.store.last'; then
request 'dicom.study.delete' dicom DELETE "${dicomurl}/studies/${study_uid}" \
  --header 'Accept: application/dicom+json'
if expect_status 204 200; then
  succeeded 'dicom.study.delete'
  undone 'dicom.store.single'
  undone 'dicom.store.last'
fi
fi

# Metadata of the deleted study
if after 'dicom.study.gone' 'dicom.study.delete'; then
request 'dicom.study.gone' dicom GET "${dicomurl}/studies/${study_uid}/metadata" \
  --header 'Accept: application/dicom+json'
expect_status 404
fi

else
  printf '# not sent, since allow_writes is not true\n'
fi

finish
