using '../../../../infra/main.bicep'

// refused: APP_SUBNET_ID and ENDPOINT_SUBNET_ID go together
param environmentName = 'inventory'
param location = 'westeurope'
param privateNetworking = 'storage'
param appSubnetId = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/functions'
