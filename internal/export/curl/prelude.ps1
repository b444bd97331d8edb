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
