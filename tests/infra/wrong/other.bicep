targetScope = 'subscription'

@description('Is no secret.')
param plain string
@description('Has no default.')
param needed int

output plain string = '${plain}${needed}'
