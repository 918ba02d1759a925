# postdeploy.sh for Windows; what it does and why stands there.
#
#   infra\hooks\postdeploy.ps1 [-DryRun] [-Again]
param([switch]$DryRun, [switch]$Again)
$ErrorActionPreference = 'Stop'

function Get-Value([string]$Name) {
  if ($env:AZURE_ENV_NAME) { return [string][Environment]::GetEnvironmentVariable($Name) }
  $given = azd env get-value $Name 2>$null # by hand
  if ($LASTEXITCODE -eq 0) { return [string]$given }
  return ''
}
if ((Get-Value 'FIRST_REFRESH') -eq 'started' -and -not $Again) {
  Write-Output 'postdeploy: the first refresh was started before.'
  exit 0
}
$group = Get-Value 'AZURE_RESOURCE_GROUP'
$app = Get-Value 'SERVICE_APP_NAME'
if ($DryRun) {
  Write-Output "postdeploy: would POST to /admin/functions/schedule-refresh of $app in $group"
  exit 0
}

$at = @('--subscription', (Get-Value 'AZURE_SUBSCRIPTION_ID'), '--resource-group', $group, '--name', $app)
$tries = 30
if ($env:FIRST_REFRESH_TRIES) { $tries = [int]$env:FIRST_REFRESH_TRIES }
$pause = 10
if ($env:FIRST_REFRESH_PAUSE) { $pause = [int]$env:FIRST_REFRESH_PAUSE }
for ($try = 1; $try -le $tries; $try++) {
  try {
    $hostName = az functionapp show @at --query defaultHostName --output tsv
    if ($LASTEXITCODE -ne 0) { throw 'az functionapp show failed' }
    $key = az functionapp keys list @at --query masterKey --output tsv
    if ($LASTEXITCODE -ne 0) { throw 'az functionapp keys list failed' }
    $null = Invoke-RestMethod -Method Post -Uri "https://$hostName/admin/functions/schedule-refresh" -TimeoutSec 60 `
      -Headers @{ 'x-functions-key' = $key } -ContentType 'application/json' -Body '{}'
    azd env set FIRST_REFRESH started
    Write-Output 'postdeploy: the first refresh is under way.'
    exit 0
  } catch {
    Write-Output "postdeploy: $_"
    if ($try -lt $tries) { Start-Sleep -Seconds $pause }
  }
}
Write-Warning 'postdeploy: the first refresh could not be started; the timer starts the next one, infra\hooks\postdeploy.ps1 tries again.'
exit 0
