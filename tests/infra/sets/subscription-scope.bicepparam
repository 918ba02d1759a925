using '../../../infra/main.bicep'

param environmentName = 'inventory-subscription'
param location = 'westeurope'
param subscriptions = '22222222-2222-4222-8222-222222222222, 33333333-3333-4333-8333-333333333333'
param subscriptionScope = true
