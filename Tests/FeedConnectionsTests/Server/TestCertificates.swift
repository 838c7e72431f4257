/// A CA made for these tests and certificates of it, valid from 2020 to 2120; the CA's key was not kept.
enum TestCertificates {
    struct Server {
        var certificate: String
        var key: String
    }

    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBd4NDAyLXJl
        bGF5IGZlZWQgdGVzdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
        MFowIjEgMB4GA1UEAwwXeDQwMi1yZWxheSBmZWVkIHRlc3QgQ0EwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAARQeYfVRKuJp/RpRN8rsdULzokTD5LLkzNM4h+mJ5fQ
        zdUbs7I26RFJ4hU+bjrwb8KFPDrLnoPjEH4IImPyMGpro0IwQDAPBgNVHRMBAf8E
        BTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUHuP2AJ6esb3LUrEX9Ik9
        muFt8bEwCgYIKoZIzj0EAwIDRwAwRAIgDON01/GK5zkBTykyy3K45DXeWDlziYjN
        OyDxFlE+XSUCIBQt13Pt2xIREkDVfmueC3GREcgvWZ+m0rGxgmiMmJPw
        -----END CERTIFICATE-----
        """

    /// For `localhost` and `127.0.0.1`.
    static let loopback = Server(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBpTCCAUqgAwIBAgIBAjAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBd4NDAyLXJl
            bGF5IGZlZWQgdGVzdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
            MFowEzERMA8GA1UEAwwIbG9vcGJhY2swWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
            AAT8ZgICMBTIfgdxFv5gOSyNu4yG/U3+LnZNqtpnx4wMZSChaScPTdpNY/4X/jU1
            ncmebIT7buy6T1sA1RK2Jwg6o34wfDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8A
            AAEwCQYDVR0TBAIwADATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4EFgQU9vgW
            oDdK82xf72bxq90h8WVK7w0wHwYDVR0jBBgwFoAUHuP2AJ6esb3LUrEX9Ik9muFt
            8bEwCgYIKoZIzj0EAwIDSQAwRgIhAOMFYeYpS3xVoM9Q2gefbOJnWAOoyY1Qfn8g
            gMUK3VQSAiEAn4Oj1uYpYJzCtPdkODRl+/yiVEoWI0LHc6uYtHxqliQ=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPIDm3+xjMh0TwNwt
            aepSQz1O2GXaYq1cSZeZpcpcCxOhRANCAAT8ZgICMBTIfgdxFv5gOSyNu4yG/U3+
            LnZNqtpnx4wMZSChaScPTdpNY/4X/jU1ncmebIT7buy6T1sA1RK2Jwg6
            -----END PRIVATE KEY-----
            """)

    /// For `elsewhere.example`.
    static let elsewhere = Server(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBqTCCAU6gAwIBAgIBAzAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBd4NDAyLXJl
            bGF5IGZlZWQgdGVzdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
            MFowFDESMBAGA1UEAwwJZWxzZXdoZXJlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
            QgAEODPs9PvGYjCLs/lOqmMEFEACwDVm11lkormPDg0xU0C0JRGeoKGAaueiA0LL
            JKSO65NMjaYibEg1tdDqkH8lCaOBgDB+MBwGA1UdEQQVMBOCEWVsc2V3aGVyZS5l
            eGFtcGxlMAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYE
            FHz+8u8R0OuHhLqqPIEMeHi2gwJZMB8GA1UdIwQYMBaAFB7j9gCenrG9y1KxF/SJ
            PZrhbfGxMAoGCCqGSM49BAMCA0kAMEYCIQDaoOUXf6LwGkbc6hglmWqrVV3DxTGt
            4+/Bg5JMF44MAAIhAI1luddHvkpAQpZBlTckc/n0kZjBEOmNdetKq1uwMLh2
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1cY1rWctyxvelYCU
            Zl8kr38pxujEl2CrclhnQm7mrjyhRANCAAQ4M+z0+8ZiMIuz+U6qYwQUQALANWbX
            WWSiuY8ODTFTQLQlEZ6goYBq56IDQsskpI7rk0yNpiJsSDW10OqQfyUJ
            -----END PRIVATE KEY-----
            """)
}
