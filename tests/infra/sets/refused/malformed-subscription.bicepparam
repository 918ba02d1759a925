using '../../../../infra/main.bicep'

// refused: ACR_INVENTORY_SUBSCRIPTIONS: not the id of a subscription: production
param environmentName = 'inventory'
param location = 'westeurope'
param subscriptions = 'production'
param subscriptionScope = true
