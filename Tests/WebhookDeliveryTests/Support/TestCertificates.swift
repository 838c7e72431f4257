/// Certificates for tests, made with openssl on P-256 keys and valid until 2126; the authority's key was not kept.
enum TestCertificates {
    /// The authority that signed the others.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBojCCAUegAwIBAgIULoWsQRT3NEMNYQHet4WK2W9eQgQwCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSeDQwMi1yZWxheSB0ZXN0IENBMCAXDTI2MTEyMTIyNTQzMVoY
        DzIxMjYxMDI4MjI1NDMxWjAdMRswGQYDVQQDDBJ4NDAyLXJlbGF5IHRlc3QgQ0Ew
        WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR1hZsFcYzbhpP2YZzElc0zam7HFtmV
        Z0RjsEWSqlMcV71U96fMYQc0EgxVuMDPAJogMNEJ1v9+o9hjQwZ132Yho2MwYTAd
        BgNVHQ4EFgQUHKqLy1AoM3BeJHMBqQQqPERqRIkwHwYDVR0jBBgwFoAUHKqLy1Ao
        M3BeJHMBqQQqPERqRIkwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQw
        CgYIKoZIzj0EAwIDSQAwRgIhAMJDSjtoi7R70kx6hUmYLN6+B6zIqBU0ihvwYOeL
        0vdnAiEAlRFs2zFMMu17VSIUWzb/5Sfw02+LMlY1UsBczIOAKVc=
        -----END CERTIFICATE-----
        """

    /// For `localhost` and `127.0.0.1`.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBlDCCATmgAwIBAgIUbZrJuJDR+EK+i1gGSZgni9k3HwwwCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSeDQwMi1yZWxheSB0ZXN0IENBMCAXDTI2MTEyMTIyNTQzMVoY
        DzIxMjYxMDI4MjI1NDMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAATKpbGTWHtrXagzRthv0G5G4yy8RAIab8ppHoOArs6n
        OBH1EA3Ns1LQgG1B64pNFFUp3Y0ibkmHyNOOkiRkdNJ3o14wXDAaBgNVHREEEzAR
        gglsb2NhbGhvc3SHBH8AAAEwHQYDVR0OBBYEFBFXffRvpaf2RF9muvU0+X82DPBc
        MB8GA1UdIwQYMBaAFByqi8tQKDNwXiRzAakEKjxEakSJMAoGCCqGSM49BAMCA0kA
        MEYCIQCYjdjddW/1mBbBBZjZviGeqF1Ax2XWWFyNSbI+BEEtKQIhAKAemi9Sfllr
        WhKGL/n4TOHspmtEl5AH+jRQtJkbB2hO
        -----END CERTIFICATE-----
        """

    /// For `other.example`.
    static let otherHost = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUbZrJuJDR+EK+i1gGSZgni9k3Hw0wCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSeDQwMi1yZWxheSB0ZXN0IENBMCAXDTI2MTEyMTIyNTQzMVoY
        DzIxMjYxMDI4MjI1NDMxWjAYMRYwFAYDVQQDDA1vdGhlci5leGFtcGxlMFkwEwYH
        KoZIzj0CAQYIKoZIzj0DAQcDQgAEyqWxk1h7a12oM0bYb9BuRuMsvEQCGm/KaR6D
        gK7OpzgR9RANzbNS0IBtQeuKTRRVKd2NIm5Jh8jTjpIkZHTSd6NcMFowGAYDVR0R
        BBEwD4INb3RoZXIuZXhhbXBsZTAdBgNVHQ4EFgQUEVd99G+lp/ZEX2a69TT5fzYM
        8FwwHwYDVR0jBBgwFoAUHKqLy1AoM3BeJHMBqQQqPERqRIkwCgYIKoZIzj0EAwID
        SQAwRgIhAK7hEMHaAvPujamxA9t6RdTJkNeVOCobzqXypLNs7Oe+AiEAuNFecfQH
        oBCm2aGVrIaITIr30N3G36MdR8NP4kwQdK8=
        -----END CERTIFICATE-----
        """

    /// For `localhost`, expired in 2021.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASSgAwIBAgIBBzAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJ4NDAyLXJl
        bGF5IHRlc3QgQ0EwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAUMRIw
        EAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATKpbGT
        WHtrXagzRthv0G5G4yy8RAIab8ppHoOArs6nOBH1EA3Ns1LQgG1B64pNFFUp3Y0i
        bkmHyNOOkiRkdNJ3o14wXDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYD
        VR0OBBYEFBFXffRvpaf2RF9muvU0+X82DPBcMB8GA1UdIwQYMBaAFByqi8tQKDNw
        XiRzAakEKjxEakSJMAoGCCqGSM49BAMCA0gAMEUCIB76LY8dxHExOENngrjAucdr
        SxFdnTyQUYZ7t7ysfs4qAiEAjsRH0d9141ocrMlF/oOF24u6MV8GgU0ICSAxp7lE
        mI0=
        -----END CERTIFICATE-----
        """

    /// For a client.
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBiDCCAS6gAwIBAgIUbZrJuJDR+EK+i1gGSZgni9k3Hw4wCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSeDQwMi1yZWxheSB0ZXN0IENBMCAXDTI2MTEyMTIyNTQzMloY
        DzIxMjYxMDI4MjI1NDMyWjAQMQ4wDAYDVQQDDAVyZWxheTBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABMqlsZNYe2tdqDNG2G/QbkbjLLxEAhpvymkeg4Cuzqc4EfUQ
        Dc2zUtCAbUHrik0UVSndjSJuSYfI046SJGR00nejVzBVMBMGA1UdJQQMMAoGCCsG
        AQUFBwMCMB0GA1UdDgQWBBQRV330b6Wn9kRfZrr1NPl/NgzwXDAfBgNVHSMEGDAW
        gBQcqovLUCgzcF4kcwGpBCo8RGpEiTAKBggqhkjOPQQDAgNIADBFAiAcu10veNj+
        YERIMfkQx1lmVGjxCzpWGV8lo3Fe+4zXMwIhANXZbYYLV3DgyCHyWlNyXE9l3sM8
        qTv0sNHLCRsm4IDb
        -----END CERTIFICATE-----
        """

    /// The key of all but the authority.
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpjqeUc0xeqjXcic7
        Ae0pC//2TnS7Z6YRUnjB8aKJ/EGhRANCAATKpbGTWHtrXagzRthv0G5G4yy8RAIa
        b8ppHoOArs6nOBH1EA3Ns1LQgG1B64pNFFUp3Y0ibkmHyNOOkiRkdNJ3
        -----END PRIVATE KEY-----
        """

    /// The same key under a password.
    static let encryptedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh5Fafef8malQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECVk/f1oVjyssvhFQN+oVAgEgZCC
        QgCsPNGAZOpPm/AvLmKrsVI7XHIhixnModr4rtGvvVAEBJnMS6gVybu5AOct/4Eu
        Fy9P/tZcrSilpHsFULsdgyTOm7e7+ab9jrn739FhDuZH3clqvF2rjjl4vvKIUeya
        /FO0ISxtC/jSWWGqkdBcCWOHPcJlbWOutaeKxjYyoNfGiT8qQoI3mEz9YIQEO0E=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
