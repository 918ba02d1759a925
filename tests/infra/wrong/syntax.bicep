resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: 'x'
  properties: {

// finds: syntax.bicep:1: cannot be parsed
