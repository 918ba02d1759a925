using '../../../infra/main.bicep'

param environmentName = 'inventory'
param location = 'westeurope'
