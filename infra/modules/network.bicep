// Private networking: a virtual network that the app is in, and private endpoints for storage and Service Bus.

@description('Part of the names that makes them unique.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Addresses of the network.')
param addressPrefix string
@description('Addresses of the subnet that the app is in.')
param appSubnetPrefix string
@description('Addresses of the subnet of the private endpoints.')
param endpointSubnetPrefix string
@description('The storage account of the Functions host.')
param hostAccountId string
@description('The storage account of the inventory.')
param inventoryAccountId string
@description('The Service Bus namespace.')
param namespaceId string

var serviceBusSuffixes = {
  AzureCloud: 'servicebus.windows.net'
  AzureUSGovernment: 'servicebus.usgovcloudapi.net'
  AzureChinaCloud: 'servicebus.chinacloudapi.cn'
}
var zones = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.${serviceBusSuffixes[environment().name]}'
]
var targets = [
  {
    name: 'host'
    id: hostAccountId
    group: 'blob'
    zone: 0
  }
  {
    name: 'inventory'
    id: inventoryAccountId
    group: 'blob'
    zone: 0
  }
  {
    name: 'service-bus'
    id: namespaceId
    group: 'namespace'
    zone: 1
  }
]

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: 'vnet-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appSubnetPrefix
          // What the Flex Consumption plan asks for.
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointSubnetPrefix
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [for name in zones: {
  name: name
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (name, index) in zones: {
  parent: zone[index]
  name: 'link-${token}'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource endpoint 'Microsoft.Network/privateEndpoints@2025-09-01' = [for target in targets: {
  name: 'pep-${target.name}-${token}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: network::endpoints.id
    }
    privateLinkServiceConnections: [
      {
        name: target.name
        properties: {
          privateLinkServiceId: target.id
          groupIds: [
            target.group
          ]
        }
      }
    ]
  }
}]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [for (target, index) in targets: {
  parent: endpoint[index]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: target.name
        properties: {
          privateDnsZoneId: zone[target.zone].id
        }
      }
    ]
  }
}]

output appSubnetId string = network::app.id
