using '../../../../infra/main.bicep'

// refused: PRIVATE_DNS_ZONE_IDS: no zone there begins with privatelink.blob.
param environmentName = 'inventory'
param location = 'westeurope'
param privateNetworking = 'storage'
param privateDnsZoneIds = '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg-network/providers/Microsoft.Network/privateDnsZones/privatelink.file.core.windows.net'
