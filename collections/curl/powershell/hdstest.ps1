# hdstest: connectivity checks for Azure Health Data Services, with curl.
#
# Fill in hdstest.env.json, then: powershell -File hdstest.ps1
# Writes TAP; ends with 1 if a check failed, 2 if a setting is missing.
# For PowerShell 5.1 and later. This form has not been proved by a run.
$settings = 'hdstest.env.json'
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$curl = if (Get-Command curl.exe -ErrorAction SilentlyContinue) { 'curl.exe' } else { 'curl' }
$utf8 = New-Object System.Text.UTF8Encoding $false
$work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())

# The settings: the file, and before it a variable of the process of the same name.
$v = @{}
$read = ConvertFrom-Json ([System.IO.File]::ReadAllText((Join-Path $PSScriptRoot $settings)))
foreach ($property in $read.PSObject.Properties) {
  $given = [System.Environment]::GetEnvironmentVariable($property.Name)
  $v[$property.Name] = if ($given) { $given } else { [string]$property.Value }
}

$script:tests = 0
$script:failures = 0
$script:done = @{}
$script:tokens = @{}
$script:good = $true
$script:id = ''
$script:status = ''
$script:answer = $null
$script:parsed = $false

function Write-Result([bool]$Passed, [string]$Text, [string]$Why) {
  $script:tests++
  if ($Passed) {
    Write-Output "ok $script:tests - $Text"
    return
  }
  $script:failures++
  $script:good = $false
  Write-Output "not ok $script:tests - $Text"
  if ($Why) { $Why -split "`r?`n" | ForEach-Object { Write-Output "# $_" } }
}

function Assert-Setting([string[]]$Names) {
  foreach ($name in $Names) {
    if (-not $v[$name]) {
      [Console]::Error.WriteLine("no value for ${name}: fill it in in $settings")
      exit 2
    }
  }
}

# A line of a curl config file. Arguments would be seen by others on this
# machine, and older PowerShells lose quotes in them.
function Get-ConfigLine([string]$Option, [string]$Value) {
  $escaped = $Value.Replace('\', '\\').Replace('"', '\"').Replace("`n", '\n').Replace("`r", '\r').Replace("`t", '\t')
  return "$Option = `"$escaped`""
}

function Get-File([string]$Name) { return Join-Path $work $Name }

function Get-Text([string]$Name) {
  $path = Get-File $Name
  if (Test-Path -LiteralPath $path) { return [System.IO.File]::ReadAllText($path) }
  return ''
}

# Sends one request: sets status and answer; the body is in body, the headers in head.
function Invoke-Exchange([string[]]$Lines) {
  foreach ($name in 'head', 'body', 'said') { [System.IO.File]::WriteAllText((Get-File $name), '') }
  $all = @('silent', 'show-error', 'globoff', 'connect-timeout = 20', 'max-time = 100', 'write-out = "%{http_code}"',
    (Get-ConfigLine 'output' (Get-File 'body')), (Get-ConfigLine 'dump-header' (Get-File 'head')), (Get-ConfigLine 'stderr' (Get-File 'said'))) + $Lines
  [System.IO.File]::WriteAllText((Get-File 'config'), ($all -join "`n") + "`n", $utf8)
  $code = [string](& $curl --config (Get-File 'config'))
  Remove-Item -LiteralPath (Get-File 'config')
  $script:status = if ($code -match '^[1-5][0-9][0-9]$') { $code } else { '000' }
  $script:parsed = $true
  try {
    # Within an object, so that a list of one stays a list.
    $script:answer = (ConvertFrom-Json ('{"root": ' + (Get-Text 'body') + '}')).root
  } catch {
    $script:answer = $null
    $script:parsed = $false
  }
}

# The value at a path: names and indices.
function Get-At([object[]]$Path) {
  $found = $script:answer
  foreach ($step in $Path) {
    if ($null -eq $found) { return $null }
    if ($step -is [int]) {
      if ($found -isnot [array] -or $step -ge $found.Length) { return $null }
      $found = $found[$step]
    } else {
      $property = $found.PSObject.Properties[[string]$step]
      $found = if ($null -eq $property) { $null } else { $property.Value }
    }
  }
  return , $found
}

function Get-AtText([object[]]$Path) {
  $found = Get-At $Path
  if ($found -is [bool]) { return $found.ToString().ToLowerInvariant() }
  return [System.Convert]::ToString($found, [System.Globalization.CultureInfo]::InvariantCulture)
}

# A token that lives five minutes at least, or nothing. What was refused is not
# asked for again within a minute.
function Update-Token([string]$Service) {
  $token = $script:tokens[$Service]
  if ($token -and [DateTime]::UtcNow -lt $token.Ends) { return }
  $script:tokens[$Service] = @{ Text = ''; Ends = [DateTime]::UtcNow.AddMinutes(1) }
  $lines = @()
  $name = 'client_secret'
  if ($v['clientassertion']) {
    $name = 'client_assertion'
    $lines += 'data-urlencode = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"'
  } elseif (-not $v['clientsecret']) {
    Write-Result $false "token.${Service}: a credential" "no value for clientsecret: fill it in in $settings"
    return
  }
  $scope = if ($v["${Service}scope"]) { $v["${Service}scope"] } else { $v["${Service}url"] + '/.default' }
  [System.IO.File]::WriteAllText((Get-File 'credential'), $v[$name.Replace('_', '')], $utf8)
  Invoke-Exchange ($lines + @((Get-ConfigLine 'url' ($v['authority'] + '/' + $v['tenantid'] + '/oauth2/v2.0/token')), 'header = "Accept: application/json"',
    'data-urlencode = "grant_type=client_credentials"', (Get-ConfigLine 'data-urlencode' ('client_id=' + $v['clientid'])),
    (Get-ConfigLine 'data-urlencode' ('scope=' + $scope)), (Get-ConfigLine 'data-urlencode' ($name + '@' + (Get-File 'credential')))))
  Remove-Item -LiteralPath (Get-File 'credential')
  $text = Get-AtText @('access_token')
  $had = $script:status -eq '200' -and $text
  if ($had) {
    $script:tokens[$Service] = @{ Text = $text; Ends = [DateTime]::UtcNow.AddSeconds([int](Get-AtText @('expires_in')) - 300) }
  }
  Write-Result $had "token.${Service}: status 200, access_token is there" "status $script:status $(Get-AtText @('error_description')) $(Get-Text 'said')"
}

function Send-Request([string]$Id, [string]$Service, [string]$Method, [string]$Address, [string[]]$Headers, [string]$Send) {
  $script:id = $Id
  $lines = @((Get-ConfigLine 'request' $Method), (Get-ConfigLine 'url' $Address))
  foreach ($header in $Headers) { $lines += Get-ConfigLine 'header' $header }
  if ($Send) { $lines += Get-ConfigLine 'data-binary' "@$Send" }
  if ($Service -ne 'none') {
    Update-Token $Service
    $token = $script:tokens[$Service].Text
    if (-not $token) {
      $script:status = 'unsent'
      $script:good = $true
      return
    }
    $lines += Get-ConfigLine 'header' "Authorization: Bearer $token"
  }
  $script:good = $true
  Invoke-Exchange $lines
}

# Whether all the others have succeeded in this run; a function that writes to
# the output cannot say so by its value.
function Test-After([string]$Id, [string[]]$Needed) {
  $script:ready = $true
  foreach ($other in $Needed) {
    if (-not $script:done[$other]) {
      $script:ready = $false
      Write-Result $false "${Id}: $other has succeeded in this run" 'not sent'
    }
  }
}

function Test-Status([int[]]$Codes) {
  $why = if ($script:status -eq 'unsent') { 'not sent, since there is no token' } else { "status $script:status $(Get-Text 'said')" }
  Write-Result ($Codes -contains $script:status) "${script:id}: status $($Codes -join ' or ')" $why
}

function Test-Header([string]$Name, [string]$Text) {
  $found = @((Get-Text 'head') -split "`r?`n" | Where-Object {
      $_.StartsWith("${Name}:", [System.StringComparison]::OrdinalIgnoreCase) -and $_.Substring($Name.Length + 1).ToLowerInvariant().Contains($Text.ToLowerInvariant())
    })
  Write-Result ($found.Length -gt 0) "${script:id}: header $Name $Text"
}

function Test-Empty { Write-Result ((Get-Text 'body') -eq '') "${script:id}: empty body" }

function Test-There([object[]]$Path) { Write-Result ($null -ne (Get-At $Path)) "${script:id}: $($Path -join '.') is there" }

function Test-Absent([object[]]$Path) { Write-Result ($script:parsed -and $null -eq (Get-At $Path)) "${script:id}: $($Path -join '.') is not there" }

function Test-List([object[]]$Path) { Write-Result ((Get-At $Path) -is [array]) "${script:id}: $($Path -join '.') is a list" }

function Test-Equal([object[]]$Path, [string[]]$Values) {
  $seen = Get-AtText $Path
  Write-Result ($Values -ccontains $seen) "${script:id}: $($Path -join '.') is $($Values -join ' or ')" "seen: $seen"
}

# An id of the last answer. One that is no id fails: it would go into the address
# of a later request.
function Save-Id([string]$Name, [object[]]$Path) {
  $text = Get-AtText $Path
  if ($text -cmatch '\A(?!\.{1,2}\z)[A-Za-z0-9.-]+\z') { $v[$Name] = $text; return }
  Write-Result $false "${script:id}: $($Path -join '.') is an id"
}

function Save-Body([string]$Text) { [System.IO.File]::WriteAllText((Get-File 'send'), $Text, $utf8) }

if (-not $v['dicomroot']) { $v['dicomroot'] = $v['dicomurl'] -replace '/v[0-9]+$', '' }
Assert-Setting @('tenantid', 'clientid', 'authority', 'fhirurl', 'dicomurl', 'dicomroot', 'dicomscope')
$v['study_uid'] = '2.25.302647561602638105831851011093875540526'
$v['series_uid'] = '2.25.164953389799279448224089617519357113049'
$v['instance_uid'] = '2.25.190292916259108477442110460960785702268'
$v['second_instance_uid'] = '2.25.324371828361005820374955959786657641788'
$v['absent_uid'] = '2.25.79141170627827844438469475201321296974'
$null = New-Item -ItemType Directory -Path $work
try {

Write-Output '# FHIR: without a token'

# Health check
Send-Request 'fhir.health' 'none' 'GET' ($v['fhirurl'] + '/health/check') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('overallStatus') @('Healthy')
}

# Capability statement
Send-Request 'fhir.metadata' 'none' 'GET' ($v['fhirurl'] + '/metadata') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('CapabilityStatement')
  Test-There @('fhirVersion')
}

# SMART configuration
Send-Request 'fhir.smart-configuration' 'none' 'GET' ($v['fhirurl'] + '/.well-known/smart-configuration') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-There @('authorization_endpoint')
  Test-There @('token_endpoint')
}

# FHIR versions
Send-Request 'fhir.versions' 'none' 'GET' ($v['fhirurl'] + '/$versions') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-There @('versions', 0)
  Test-There @('default')
}

# Patient without a token is refused
Send-Request 'fhir.challenge' 'none' 'GET' ($v['fhirurl'] + '/Patient') @('Accept: application/fhir+json') ''
Test-Status @(401)
if ($script:good) {
  Test-Header 'WWW-Authenticate' 'Bearer'
}

Write-Output '# FHIR: reading'

# Count patients
Send-Request 'fhir.patient.count' 'fhir' 'GET' ($v['fhirurl'] + '/Patient?_summary=count') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('searchset')
  Test-There @('total')
}

# Search one patient
Send-Request 'fhir.patient.list' 'fhir' 'GET' ($v['fhirurl'] + '/Patient?_count=1') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('searchset')
}

# Search one observation
Send-Request 'fhir.observation.list' 'fhir' 'GET' ($v['fhirurl'] + '/Observation?_count=1') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('searchset')
}

Write-Output '# FHIR: writing (changes data)'
if ($v['allow_writes'] -ne 'true') {
  Write-Output '# not sent, since allow_writes is not true'
} else {

# Create a synthetic patient
$v['patient_id'] = ''
$v['run_id'] = [System.Guid]::NewGuid().ToString()
Save-Body ('{
  "resourceType": "Patient",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "unknown",
  "birthDate": "1960-12-25"
}')
Send-Request 'fhir.patient.create' 'fhir' 'POST' ($v['fhirurl'] + '/Patient') @('Accept: application/fhir+json', 'Content-Type: application/fhir+json') (Get-File 'send')
Test-Status @(201)
if ($script:good) {
  Test-Header 'Location' ''
  Test-Equal @('resourceType') @('Patient')
  Test-There @('id')
  Save-Id 'patient_id' @('id')
  $script:done['fhir.patient.create'] = $script:good
}

# Read the patient
Test-After 'fhir.patient.read' @('fhir.patient.create')
if ($script:ready) {
Send-Request 'fhir.patient.read' 'fhir' 'GET' ($v['fhirurl'] + '/Patient/' + $v['patient_id']) @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Patient')
  Test-Equal @('id') @($v['patient_id'])
}
}

# Find the patient by tag and identifier
Test-After 'fhir.patient.search' @('fhir.patient.create')
if ($script:ready) {
Send-Request 'fhir.patient.search' 'fhir' 'GET' ($v['fhirurl'] + '/Patient?_tag=https%3A%2F%2Fhdstest.example%2Ftag%7Csynthetic&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C' + $v['run_id']) @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('entry', 0, 'resource', 'resourceType') @('Patient')
  Test-Equal @('entry', 0, 'resource', 'identifier', 0, 'value') @($v['run_id'])
  Test-Absent @('entry', 1)
}
}

# Update the patient
Test-After 'fhir.patient.update' @('fhir.patient.create')
if ($script:ready) {
Save-Body ('{
  "resourceType": "Patient",
  "id": "' + $v['patient_id'] + '",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "other",
  "birthDate": "1960-12-25"
}')
Send-Request 'fhir.patient.update' 'fhir' 'PUT' ($v['fhirurl'] + '/Patient/' + $v['patient_id']) @('Accept: application/fhir+json', 'Content-Type: application/fhir+json') (Get-File 'send')
Test-Status @(200)
if ($script:good) {
  Test-Equal @('id') @($v['patient_id'])
  Test-Equal @('gender') @('other')
  $script:done['fhir.patient.update'] = $script:good
}
}

# Update the patient by its identifier
Test-After 'fhir.patient.conditional-update' @('fhir.patient.create')
if ($script:ready) {
Save-Body ('{
  "resourceType": "Patient",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '"}],
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "other",
  "birthDate": "1960-12-25"
}')
Send-Request 'fhir.patient.conditional-update' 'fhir' 'PUT' ($v['fhirurl'] + '/Patient?identifier=https%3A%2F%2Fhdstest.example%2Frun%7C' + $v['run_id']) @('Accept: application/fhir+json', 'Content-Type: application/fhir+json') (Get-File 'send')
Test-Status @(200)
if ($script:good) {
  Test-Equal @('id') @($v['patient_id'])
}
}

# History of the patient
Test-After 'fhir.patient.history' @('fhir.patient.update')
if ($script:ready) {
Send-Request 'fhir.patient.history' 'fhir' 'GET' ($v['fhirurl'] + '/Patient/' + $v['patient_id'] + '/_history') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('history')
  Test-Equal @('entry', 0, 'resource', 'id') @($v['patient_id'])
  Test-There @('entry', 1)
}
}

# Create a synthetic observation
$v['observation_id'] = ''
Test-After 'fhir.observation.create' @('fhir.patient.create')
if ($script:ready) {
Save-Body ('{
  "resourceType": "Observation",
  "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '"}],
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
  "subject": {"reference": "Patient/' + $v['patient_id'] + '"},
  "effectiveDateTime": "2020-01-01",
  "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
}')
Send-Request 'fhir.observation.create' 'fhir' 'POST' ($v['fhirurl'] + '/Observation') @('Accept: application/fhir+json', 'Content-Type: application/fhir+json') (Get-File 'send')
Test-Status @(201)
if ($script:good) {
  Test-Header 'Location' ''
  Test-Equal @('resourceType') @('Observation')
  Test-There @('id')
  Save-Id 'observation_id' @('id')
  $script:done['fhir.observation.create'] = $script:good
}
}

# Read the observation
Test-After 'fhir.observation.read' @('fhir.observation.create')
if ($script:ready) {
Send-Request 'fhir.observation.read' 'fhir' 'GET' ($v['fhirurl'] + '/Observation/' + $v['observation_id']) @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Observation')
  Test-Equal @('id') @($v['observation_id'])
}
}

# Find the observation of the patient
Test-After 'fhir.observation.search' @('fhir.observation.create')
if ($script:ready) {
Send-Request 'fhir.observation.search' 'fhir' 'GET' ($v['fhirurl'] + '/Observation?subject=Patient%2F' + $v['patient_id'] + '&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C' + $v['run_id']) @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('entry', 0, 'resource', 'resourceType') @('Observation')
  Test-Equal @('entry', 0, 'resource', 'identifier', 0, 'value') @($v['run_id'])
  Test-Absent @('entry', 1)
}
}

# Everything of the patient
Test-After 'fhir.patient.everything' @('fhir.observation.create')
if ($script:ready) {
Send-Request 'fhir.patient.everything' 'fhir' 'GET' ($v['fhirurl'] + '/Patient/' + $v['patient_id'] + '/$everything') @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('searchset')
  Test-There @('entry', 0)
}
}

# Create a patient and amend the observation, both or none
Test-After 'fhir.transaction' @('fhir.observation.create')
if ($script:ready) {
Save-Body ('{
  "resourceType": "Bundle",
  "type": "transaction",
  "entry": [
    {
      "resource": {"resourceType": "Patient", "id": "' + $v['run_id'] + '", "active": false,
        "meta": {"tag": [{"system": "https://hdstest.example/tag", "code": "synthetic"}]},
        "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '-transaction"}]},
      "request": {"method": "PUT", "url": "Patient/' + $v['run_id'] + '"}
    },
    {
      "resource": {"resourceType": "Observation", "id": "' + $v['observation_id'] + '", "meta": {
    "tag": [
      {"system": "https://hdstest.example/tag", "code": "synthetic"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "https://hdstest.example/run", "value": "' + $v['run_id'] + '"}],
        "status": "amended", "code": {"text": "Body weight"}, "subject": {"reference": "Patient/' + $v['patient_id'] + '"}},
      "request": {"method": "PUT", "url": "Observation/' + $v['observation_id'] + '"}
    }
  ]
}')
Send-Request 'fhir.transaction' 'fhir' 'POST' ($v['fhirurl'] + '/') @('Accept: application/fhir+json', 'Content-Type: application/fhir+json') (Get-File 'send')
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Bundle')
  Test-Equal @('type') @('transaction-response')
  Test-There @('entry', 0, 'response', 'status')
  Test-There @('entry', 1, 'response', 'status')
  $script:done['fhir.transaction'] = $script:good
}
}

# Read the patient of the transaction
Test-After 'fhir.transaction.read' @('fhir.transaction')
if ($script:ready) {
Send-Request 'fhir.transaction.read' 'fhir' 'GET' ($v['fhirurl'] + '/Patient/' + $v['run_id']) @('Accept: application/fhir+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('resourceType') @('Patient')
  Test-Equal @('id') @($v['run_id'])
}
}

# Delete the patient of the transaction
Test-After 'fhir.transaction.delete' @('fhir.transaction')
if ($script:ready) {
Send-Request 'fhir.transaction.delete' 'fhir' 'DELETE' ($v['fhirurl'] + '/Patient/' + $v['run_id']) @('Accept: application/fhir+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['fhir.transaction'] = $false
}
}

# Delete the observation
Test-After 'fhir.observation.delete' @('fhir.observation.create')
if ($script:ready) {
Send-Request 'fhir.observation.delete' 'fhir' 'DELETE' ($v['fhirurl'] + '/Observation/' + $v['observation_id']) @('Accept: application/fhir+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['fhir.observation.create'] = $false
}
}

# Delete the patient
Test-After 'fhir.patient.delete' @('fhir.patient.create')
if ($script:ready) {
Send-Request 'fhir.patient.delete' 'fhir' 'DELETE' ($v['fhirurl'] + '/Patient/' + $v['patient_id']) @('Accept: application/fhir+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['fhir.patient.delete'] = $script:good
  $script:done['fhir.patient.create'] = $false
}
}

# Read the deleted patient
Test-After 'fhir.patient.gone' @('fhir.patient.delete')
if ($script:ready) {
Send-Request 'fhir.patient.gone' 'fhir' 'GET' ($v['fhirurl'] + '/Patient/' + $v['patient_id']) @('Accept: application/fhir+json') ''
Test-Status @(410)
if ($script:good) {
}
}
}

Write-Output '# DICOM: without a token'

# Health check
Send-Request 'dicom.health' 'none' 'GET' ($v['dicomroot'] + '/health/check') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @('overallStatus') @('Healthy')
}

# Studies without a token are refused
Send-Request 'dicom.challenge' 'none' 'GET' ($v['dicomurl'] + '/studies?limit=1') @('Accept: application/dicom+json') ''
Test-Status @(401)
if ($script:good) {
  Test-Header 'WWW-Authenticate' 'Bearer'
}

Write-Output '# DICOM: reading'

# Latest entry of the change feed
Send-Request 'dicom.changefeed.latest' 'dicom' 'GET' ($v['dicomurl'] + '/changefeed/latest?includeMetadata=false') @('Accept: application/json') ''
Test-Status @(200, 204)
if ($script:good) {
}

# Change feed
Send-Request 'dicom.changefeed.list' 'dicom' 'GET' ($v['dicomurl'] + '/changefeed?limit=1&includeMetadata=false') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-List @()
}

# Search one study (QIDO-RS)
Send-Request 'dicom.studies.list' 'dicom' 'GET' ($v['dicomurl'] + '/studies?limit=1') @('Accept: application/dicom+json') ''
Test-Status @(200, 204)
if ($script:good) {
  if ($script:status -eq '200') { Test-List @() }
}

# Search a study that is not there
Send-Request 'dicom.studies.absent' 'dicom' 'GET' ($v['dicomurl'] + '/studies?StudyInstanceUID=' + $v['absent_uid']) @('Accept: application/dicom+json') ''
Test-Status @(204, 200)
if ($script:good) {
  if ($script:status -eq '200') { Test-List @() }
  if ($script:status -eq '200') { Test-Absent @(0) }
}

# Extended query tags
Send-Request 'dicom.tags.list' 'dicom' 'GET' ($v['dicomurl'] + '/extendedquerytags?limit=1') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-List @()
}

Write-Output '# DICOM: writing (changes data)'
if ($v['allow_writes'] -ne 'true') {
  Write-Output '# not sent, since allow_writes is not true'
} else {

# Store an instance (STOW-RS)
Send-Request 'dicom.store' 'dicom' 'POST' ($v['dicomurl'] + '/studies') @('Accept: application/dicom+json', 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d') (Join-Path $PSScriptRoot 'hdstest-1.dcm.multipart')
Test-Status @(200, 202, 409)
if ($script:good) {
  if ($script:status -eq '200') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
  if ($script:status -eq '202') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081197', 'Value', 0) @('45070') }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
  $script:done['dicom.store'] = $script:good
}

# Search the stored study (QIDO-RS)
Test-After 'dicom.stored.studies' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.studies' 'dicom' 'GET' ($v['dicomurl'] + '/studies?StudyInstanceUID=' + $v['study_uid']) @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '0020000D', 'Value', 0) @($v['study_uid'])
}
}

# Search its series (QIDO-RS)
Test-After 'dicom.stored.series' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.series' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '0020000E', 'Value', 0) @($v['series_uid'])
}
}

# Search the series in all studies (QIDO-RS)
Test-After 'dicom.stored.series.all' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.series.all' 'dicom' 'GET' ($v['dicomurl'] + '/series?SeriesInstanceUID=' + $v['series_uid']) @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '0020000E', 'Value', 0) @($v['series_uid'])
}
}

# Search its instances (QIDO-RS)
Test-After 'dicom.stored.instances' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.instances' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '00080018', 'Value', 0) @($v['instance_uid'])
}
}

# Search the instances of the study (QIDO-RS)
Test-After 'dicom.stored.instances.study' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.instances.study' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/instances') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '00080018', 'Value', 0) @($v['instance_uid'])
}
}

# Search the instance in all studies (QIDO-RS)
Test-After 'dicom.stored.instances.all' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.instances.all' 'dicom' 'GET' ($v['dicomurl'] + '/instances?SOPInstanceUID=' + $v['instance_uid']) @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '00080018', 'Value', 0) @($v['instance_uid'])
}
}

# Change feed after storing
Test-After 'dicom.stored.changefeed' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.stored.changefeed' 'dicom' 'GET' ($v['dicomurl'] + '/changefeed/latest?includeMetadata=false') @('Accept: application/json') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'json'
}
}

# Metadata of the study (WADO-RS)
Test-After 'dicom.study.metadata' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.study.metadata' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/metadata') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '0020000D', 'Value', 0) @($v['study_uid'])
}
}

# Metadata of the series (WADO-RS)
Test-After 'dicom.series.metadata' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.series.metadata' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/metadata') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '0020000E', 'Value', 0) @($v['series_uid'])
}
}

# Metadata of the instance (WADO-RS)
Test-After 'dicom.instance.metadata' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.instance.metadata' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid'] + '/metadata') @('Accept: application/dicom+json') ''
Test-Status @(200)
if ($script:good) {
  Test-Equal @(0, '00080018', 'Value', 0) @($v['instance_uid'])
}
}

# Retrieve the instance (WADO-RS)
Test-After 'dicom.instance.retrieve' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.instance.retrieve' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid']) @('Accept: application/dicom; transfer-syntax=*') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'application/dicom'
}
}

# Retrieve the study (WADO-RS)
Test-After 'dicom.study.retrieve' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.study.retrieve' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid']) @('Accept: multipart/related; type="application/dicom"; transfer-syntax=*') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'multipart/related'
}
}

# Retrieve the series (WADO-RS)
Test-After 'dicom.series.retrieve' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.series.retrieve' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid']) @('Accept: multipart/related; type="application/dicom"; transfer-syntax=*') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'multipart/related'
}
}

# Retrieve the first frame (WADO-RS)
Test-After 'dicom.frames.retrieve' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.frames.retrieve' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid'] + '/frames/1') @('Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'multipart/related'
}
}

# Retrieve the first frame, single part
Test-After 'dicom.frame.retrieve' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.frame.retrieve' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid'] + '/frames/1') @('Accept: application/octet-stream; transfer-syntax=*') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'application/octet-stream'
}
}

# Render the instance as JPEG (WADO-RS)
Test-After 'dicom.instance.rendered' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.instance.rendered' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid'] + '/rendered') @('Accept: image/jpeg') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'image/jpeg'
}
}

# Render the first frame as PNG (WADO-RS)
Test-After 'dicom.frame.rendered' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.frame.rendered' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid'] + '/frames/1/rendered') @('Accept: image/png') ''
Test-Status @(200)
if ($script:good) {
  Test-Header 'Content-Type' 'image/png'
}
}

# Store the instance into its study again: it is there
Test-After 'dicom.store.again' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.store.again' 'dicom' 'POST' ($v['dicomurl'] + '/studies/' + $v['study_uid']) @('Accept: application/dicom+json', 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d') (Join-Path $PSScriptRoot 'hdstest-1.dcm.multipart')
Test-Status @(200, 202, 409)
if ($script:good) {
  if ($script:status -eq '200') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
  if ($script:status -eq '202') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081197', 'Value', 0) @('45070') }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid']) }
}
}

# Replace the instance (upsert)
Test-After 'dicom.upsert' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.upsert' 'dicom' 'PUT' ($v['dicomurl'] + '/studies/' + $v['study_uid']) @('Accept: application/dicom+json', 'Content-Type: multipart/related; type="application/dicom"; boundary=hdstest-boundary-7f1c2a9d') (Join-Path $PSScriptRoot 'hdstest-1.dcm.multipart')
Test-Status @(200, 202)
if ($script:good) {
  Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['instance_uid'])
}
}

# Store a second instance, single part
Test-After 'dicom.store.single' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.store.single' 'dicom' 'POST' ($v['dicomurl'] + '/studies') @('Accept: application/dicom+json', 'Content-Type: application/dicom') (Join-Path $PSScriptRoot 'hdstest-2.dcm')
Test-Status @(200, 202, 409)
if ($script:good) {
  if ($script:status -eq '200') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  if ($script:status -eq '202') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081197', 'Value', 0) @('45070') }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  $script:done['dicom.store.single'] = $script:good
}
}

# Delete the first instance
Test-After 'dicom.instance.delete' @('dicom.store')
if ($script:ready) {
Send-Request 'dicom.instance.delete' 'dicom' 'DELETE' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid']) @('Accept: application/dicom+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['dicom.instance.delete'] = $script:good
  $script:done['dicom.store'] = $false
}
}

# Retrieve the deleted instance
Test-After 'dicom.instance.gone' @('dicom.instance.delete')
if ($script:ready) {
Send-Request 'dicom.instance.gone' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid'] + '/instances/' + $v['instance_uid']) @('Accept: application/dicom; transfer-syntax=*') ''
Test-Status @(404)
if ($script:good) {
}
}

# Delete the series
Test-After 'dicom.series.delete' @('dicom.store.single')
if ($script:ready) {
Send-Request 'dicom.series.delete' 'dicom' 'DELETE' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/series/' + $v['series_uid']) @('Accept: application/dicom+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['dicom.series.delete'] = $script:good
}
}

# Store the second instance once more, for the study to be deleted
Test-After 'dicom.store.last' @('dicom.series.delete')
if ($script:ready) {
Send-Request 'dicom.store.last' 'dicom' 'POST' ($v['dicomurl'] + '/studies') @('Accept: application/dicom+json', 'Content-Type: application/dicom') (Join-Path $PSScriptRoot 'hdstest-2.dcm')
Test-Status @(200, 202, 409)
if ($script:good) {
  if ($script:status -eq '200') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  if ($script:status -eq '202') { Test-Equal @('00081199', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081197', 'Value', 0) @('45070') }
  if ($script:status -eq '409') { Test-Equal @('00081198', 'Value', 0, '00081155', 'Value', 0) @($v['second_instance_uid']) }
  $script:done['dicom.store.last'] = $script:good
}
}

# Delete the study
Test-After 'dicom.study.delete' @('dicom.store.last')
if ($script:ready) {
Send-Request 'dicom.study.delete' 'dicom' 'DELETE' ($v['dicomurl'] + '/studies/' + $v['study_uid']) @('Accept: application/dicom+json') ''
Test-Status @(204, 200)
if ($script:good) {
  $script:done['dicom.study.delete'] = $script:good
  $script:done['dicom.store.single'] = $false
  $script:done['dicom.store.last'] = $false
}
}

# Metadata of the deleted study
Test-After 'dicom.study.gone' @('dicom.study.delete')
if ($script:ready) {
Send-Request 'dicom.study.gone' 'dicom' 'GET' ($v['dicomurl'] + '/studies/' + $v['study_uid'] + '/metadata') @('Accept: application/dicom+json') ''
Test-Status @(404)
if ($script:good) {
}
}
}

} finally {
  Remove-Item -Recurse -Force -LiteralPath $work
}
Write-Output "1..$script:tests"
if ($script:failures -gt 0 -or $script:tests -eq 0) { exit 1 }
exit 0
