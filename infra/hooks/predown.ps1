# predown.sh for Windows; what it does and why stands there.
#
#   infra\hooks\predown.ps1 [-DryRun] [-Yes] [-Events] [-Registry ID]
param([switch]$DryRun, [switch]$Yes, [switch]$Events, [string]$Registry = '')
$ErrorActionPreference = 'Stop'

$byHand = -not $env:AZURE_ENV_NAME
function Get-Value([string]$Name) {
  if (-not $byHand) { return [string][Environment]::GetEnvironmentVariable($Name) }
  $given = azd env get-value $Name 2>$null
  if ($LASTEXITCODE -eq 0) { return [string]$given }
  return ''
}
function Get-Items([string]$Text) { @($Text -replace ' ', '' -split ',' | Where-Object { $_ }) }
# Lines of an az call; anything but success ends the script, and azd down with it.
function Get-Az {
  $lines = @(az @args --output tsv)
  if ($LASTEXITCODE -ne 0) { throw "predown: az $($args -join ' ') ended with $LASTEXITCODE" }
  return @($lines | Where-Object { $_ })
}
# Of /subscriptions/S/resourceGroups/G/providers/…/NAME
function Get-Subscription([string]$Id) { $Id.Split('/')[2] }
function Get-Group([string]$Id) { $Id.Split('/')[4] }
function Get-Name([string]$Id) { $Id.Split('/')[-1] }

$environment = Get-Value 'AZURE_ENV_NAME'
$token = Get-Value 'ENVIRONMENT_TOKEN'
$principal = Get-Value 'IDENTITY_PRINCIPAL_ID'
$ownSubscription = Get-Value 'AZURE_SUBSCRIPTION_ID'
$ownGroup = Get-Value 'AZURE_RESOURCE_GROUP'
$givenGroup = Get-Value 'RESOURCE_GROUP_NAME'
# A deployment that failed has no outputs, and yet has made things: its identity says what they are called.
if (-not $token -or -not $principal) {
  $identity = @(Get-Az resource list --subscription $ownSubscription --tag "azd-env-name=$environment" `
      --query "[?type=='Microsoft.ManagedIdentity/userAssignedIdentities'].id") | Select-Object -First 1
  if (-not $identity) {
    Write-Output 'predown: nothing was deployed, or it is gone already.'
    exit 0
  }
  $token = (Get-Name $identity).Substring('id-'.Length)
  $ownGroup = Get-Group $identity
  $principal = [string](Get-Az identity show --ids $identity --query principalId)
}

$pairs = @(Get-Items (Get-Value 'TOPIC_REGISTRIES') | ForEach-Object {
    $half = $_ -split '=', 2
    [pscustomobject]@{ Registry = $half[0]; Topic = $half[1] }
  })
$listed = @(Get-Items (Get-Value 'LEGACY_REGISTRIES')) + @(Get-Items (Get-Value 'ABAC_REGISTRIES')) +
  @($pairs | ForEach-Object { $_.Registry })
# What their owners deployed, they take away.
if ((Get-Value 'LEAVE_REGISTRIES_ALONE') -eq 'true') { $listed = @() }
if ($Registry) { $listed = @($Registry) }
# Comparisons of PowerShell do not heed case; nor do resource ids.
$registries = @($listed | Sort-Object -Unique)
$resources = New-Object System.Collections.Generic.List[string]
$roles = New-Object System.Collections.Generic.List[string]

# What of a topic is this environment's.
function Add-Topic([string]$Topic) {
  $at = @('--subscription', (Get-Subscription $Topic), '--resource-group', (Get-Group $Topic))
  $mine = "repository-refresh-$token"
  $names = @(Get-Az eventgrid system-topic event-subscription list @at --system-topic-name (Get-Name $Topic) --query '[].name')
  $others = @($names | Where-Object { $_ -ne $mine })
  if ((Get-Name $Topic) -like 'evgt-acr-inventory-*' -and $others.Count -eq 0) {
    $resources.Add($Topic)
  } else {
    if ($names -contains $mine) { $resources.Add("$Topic/eventSubscriptions/$mine") }
    Get-Az monitor diagnostic-settings list --resource $Topic --query "[?name=='acr-inventory-$token'].id" |
      ForEach-Object { $resources.Add($_) }
  }
}

# Its alerts in a group: all, or with -Registry those about the topics that were found.
function Add-Alerts([string]$Subscription, [string]$Group, [string[]]$Topics) {
  Get-Az monitor metrics alert list --subscription $Subscription --resource-group $Group `
    --query "[?ends_with(name, '-$token')].[scopes[0], id]" | ForEach-Object {
      $scope, $alert = $_ -split "`t", 2
      if (-not $Registry -or $Topics -contains $scope) { $resources.Add($alert) }
    }
}

foreach ($each in $registries) {
  $at = @('--subscription', (Get-Subscription $each))
  if ((Get-Az group exists @at --name (Get-Group $each)) -ne 'true') { continue }
  $at += @('--resource-group', (Get-Group $each))
  $topics = @($pairs | Where-Object { $_.Registry -eq $each } | ForEach-Object { $_.Topic })
  $topics += @(Get-Az eventgrid system-topic list @at --query '[].[source, id]' | ForEach-Object {
      $source, $topic = $_ -split "`t", 2
      if ($source -eq $each) { $topic }
    })
  $topics = @($topics | Sort-Object -Unique)
  foreach ($topic in $topics) { Add-Topic $topic }
  $groups = @(@($each) + $topics | ForEach-Object { "$(Get-Subscription $_)/$(Get-Group $_)" } | Sort-Object -Unique)
  foreach ($group in $groups) {
    $part = $group -split '/'
    Add-Alerts $part[0] $part[1] $topics
  }
  Get-Az resource list @at --query "[?name=='$(Get-Name $each)/acrinventory$token'].id" | ForEach-Object { $resources.Add($_) }
}

if (-not $Events) {
  $own = "/subscriptions/$ownSubscription/resourcegroups/$ownGroup/"
  $subscriptions = @($registries | ForEach-Object { Get-Subscription $_ }) +
    @(Get-Items (Get-Value 'ACR_INVENTORY_SUBSCRIPTIONS')) + @($ownSubscription)
  foreach ($subscription in @($subscriptions | Sort-Object -Unique)) {
    Get-Az role assignment list --all --subscription $subscription --assignee $principal --query '[].id' | ForEach-Object {
      $goes = $_.StartsWith($own, [StringComparison]::OrdinalIgnoreCase) # with its group
      $elsewhere = $Registry -and -not $_.StartsWith("$Registry/", [StringComparison]::OrdinalIgnoreCase)
      if (-not $goes -and -not $elsewhere) { $roles.Add($_) }
    }
  }
}
if ($givenGroup -and -not $Events -and -not $Registry) {
  $given = "/subscriptions/$ownSubscription/resourceGroups/$givenGroup/"
  Get-Az resource list --subscription $ownSubscription --tag "azd-env-name=$environment" --query '[].id' |
    Where-Object { $_.StartsWith($given, [StringComparison]::OrdinalIgnoreCase) } | ForEach-Object { $resources.Add($_) }
}

$resources = @($resources | Sort-Object -Unique)
if ($roles.Count -eq 0 -and $resources.Count -eq 0) {
  Write-Output 'predown: nothing of this environment is left outside of its resource group.'
  exit 0
}
Write-Output 'Taken away outside of what azd down takes itself:'
@($resources) + @($roles) | ForEach-Object { Write-Output "  $_" }
if ($DryRun) { exit 0 }
if (-not $Yes -and -not [Console]::IsInputRedirected) {
  if ((Read-Host 'Take all of this away? [y/N]') -notin @('y', 'yes')) {
    Write-Error 'predown: nothing was taken away.' -ErrorAction Continue
    exit 1
  }
}
# Twenty at a time: a command line has an end.
function Remove-All([string[]]$Command, $Ids) {
  for ($first = 0; $first -lt $Ids.Count; $first += 20) {
    $some = @($Ids)[$first..([Math]::Min($first + 19, $Ids.Count - 1))]
    $null = Get-Az @Command --ids @some
  }
}
Remove-All @('resource', 'delete') $resources
Remove-All @('role', 'assignment', 'delete') $roles
Write-Output 'predown: taken away.'
