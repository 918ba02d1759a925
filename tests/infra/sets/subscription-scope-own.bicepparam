using '../../../infra/main.bicep'

// No subscription is named: that of the deployment is meant.
param environmentName = 'inventory-own'
param location = 'westeurope'
param subscriptionScope = true
