// Private networking: private endpoints, in a network and with DNS zones that are made here or were there before.

import { zonesOf } from 'given.bicep'

@description('Part of the names that makes them unique.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('Addresses of the network.')
param addressPrefix string
@description('Addresses of the subnet that the app is in.')
param appSubnetPrefix string
@description('Addresses of the subnet of the private endpoints.')
param endpointSubnetPrefix string
@description('A subnet for the app that is there already; empty: a network with both subnets is made.')
param appSubnetId string
@description('A subnet for private endpoints that is there already.')
param endpointSubnetId string
@description('DNS zones that are there already, one of each group; empty: they are made.')
param privateDnsZoneIds string[]
@description('Whether endpoints get records at all; not where a policy makes them.')
param makeRecords bool
@description('What private endpoints lead to.')
param targets { name: string, id: string, group: 'blob' | 'namespace' }[]

var makeNetwork = empty(appSubnetId)
var makeZones = makeRecords && empty(privateDnsZoneIds)
var serviceBusSuffixes = {
  AzureCloud: 'servicebus.windows.net'
  AzureUSGovernment: 'servicebus.usgovcloudapi.net'
  AzureChinaCloud: 'servicebus.chinacloudapi.cn'
}
var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  namespace: 'privatelink.${serviceBusSuffixes[environment().name]}'
}
// How many there are has to be known at the start; what the cloud calls them is not.
var groups = union(map(targets, target => target.group), [])

// The default rules: in from the network itself, never from the internet; out anywhere. The plan needs no more.
resource appRules 'Microsoft.Network/networkSecurityGroups@2025-09-01' = if (makeNetwork) {
  name: 'nsg-app-${token}'
  location: location
  tags: tags
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2025-09-01' = if (makeNetwork) {
  name: 'nsg-endpoints-${token}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'storage-and-service-bus'
        properties: {
          description: 'HTTPS and AMQP from this network and those peered with it.'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRanges: [
            '443'
            '5671'
          ]
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = if (makeNetwork) {
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
          networkSecurityGroup: {
            id: appRules.id
          }
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
          networkSecurityGroup: {
            id: endpointRules.id
          }
          // Otherwise the rules do not count for private endpoints.
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
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

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for each in groups: if (makeZones) {
    name: zoneNames[each]
    location: 'global'
    tags: tags
  }
]

// The app asks for names from its own subnet's network.
resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (each, index) in groups: if (makeZones) {
    parent: zone[index]
    name: 'link-${token}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: makeNetwork ? network.id : split(appSubnetId, '/subnets/')[0]
      }
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2025-09-01' = [
  for target in targets: {
    name: 'pep-${target.name}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: makeNetwork ? network::endpoints.id : endpointSubnetId
      }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            // A parameter's: the rule does not see into loops.
            #disable-next-line use-resource-id-functions
            privateLinkServiceId: target.id
            groupIds: [
              target.group
            ]
          }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [
  for (target, index) in targets: if (makeRecords) {
    parent: endpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.name
          properties: {
            privateDnsZoneId: makeZones
              ? zone[indexOf(groups, target.group)].id
              : zonesOf(target.group, privateDnsZoneIds)[0]
          }
        }
      ]
    }
  }
]

output appSubnetId string = makeNetwork ? network::app.id : appSubnetId
