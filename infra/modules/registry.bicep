// What of a registry has to be known before the deployment of what belongs to it starts: its region. A resource's
// location must not come from a property of an existing resource, but may come from another module.

@description('The registry, in this resource group.')
param name string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: name
}

output location string = registry.location
