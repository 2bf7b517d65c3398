/**
 * Digits after the decimal point of each active ISO 4217 currency that has minor units. Funds codes, precious metals and
 * test codes, which have none, are not here: nobody pays a bill in them.
 */
export const EXPONENT_BY_CURRENCY: ReadonlyMap<string, number> = new Map(
  [
    {
      exponent: 0,
      currencies: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    },
    {
      exponent: 2,
      currencies: `
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
        CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
        MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
    },
    { exponent: 3, currencies: 'BHD IQD JOD KWD LYD OMR TND' },
    { exponent: 4, currencies: 'CLF UYW' },
  ].flatMap(({ exponent, currencies }) =>
    currencies
      .trim()
      .split(/\s+/)
      .map((currency) => [currency, exponent] as const),
  ),
);
