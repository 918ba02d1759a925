// Where logs go: a workspace, or one that is there already, and an Application Insights component that takes Entra
// tokens only.

@description('Part of the names that makes them unique.')
param token string
@description('Name of the component.')
param componentName string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('A workspace that is there already; empty: one is made.')
param workspaceId string
@description('Days that logs are kept in a workspace that is made.')
param keepDays int
@description('Gigabytes a day that such a workspace takes in at most.')
param dailyLogLimitGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (empty(workspaceId)) {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: keepDays
    // A day's lines beyond it are lost, and "no-completed-refresh" says so.
    workspaceCapping: {
      dailyQuotaGb: dailyLogLimitGb
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: empty(workspaceId) ? workspace.id : workspaceId
    // The function app's identity is its only writer; see APPLICATIONINSIGHTS_AUTHENTICATION_STRING.
    DisableLocalAuth: true
  }
}

output connectionString string = component.properties.ConnectionString
