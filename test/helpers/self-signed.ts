/** A certificate for `localhost` that nobody vouches for, valid until 2126, with its key: worth nothing anywhere but in tests. */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglRbvgdxdWKeO/qFW
SH37LW19Q4SOPMfOYya646Zz2R+hRANCAARjwrEiFLSo+4kouwsfZtMsRe9qA+R0
0F+fwEft/dmF3hG73X8MBrUXGSp5Uhpxll42s+yrNOT6uGSU+1Rk2Vge
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUbQNqd45u07twL2W2rPvGMSrey8IwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE0MDIzOFoYDzIxMjYxMDI5
MTQwMjM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARjwrEiFLSo+4kouwsfZtMsRe9qA+R00F+fwEft/dmF3hG73X8MBrUX
GSp5Uhpxll42s+yrNOT6uGSU+1Rk2Vgeo2kwZzAdBgNVHQ4EFgQUIK6AkXt+UwxS
WOh6noG7+7dMCUgwHwYDVR0jBBgwFoAUIK6AkXt+UwxSWOh6noG7+7dMCUgwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAJDb/ALIundcjPZZgOTfQaiysTVZhKK0rwBP14m1GgskAiBTEa6XklL+
b9Tj+QAClLOnjyTwpx5hpzcM+IsIkr//zA==
-----END CERTIFICATE-----
`,
}
