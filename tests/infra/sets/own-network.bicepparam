using '../../../infra/main.bicep'

// A platform team brings its group, network, DNS zones and workspace.
param environmentName = 'inventory-network'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/abacregistry'
param resourceGroupName = 'rg-platform'
param tags = {
  costCenter: '42'
}
param privateNetworking = 'all'
param appSubnetId = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/functions'
param endpointSubnetId = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/endpoints'
param privateDnsZoneIds = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net, /subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/privateDnsZones/privatelink.servicebus.windows.net'
param workspaceId = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-platform'
