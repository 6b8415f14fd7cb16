/** Word lists the generated people, songs and devices are made of. All names are invented combinations: no row of a real person is behind them. */

export const FIRST_NAMES = {
  F: 'Adela,Amina,Anaïs,Beatriz,Brigid,Carmen,Chloé,Dagny,Daria,Eilís,Elena,Esmé,Fatou,Fleur,Freya,Greta,Hana,Ilse,Imani,Ines,Jasna,Jolie,Kaia,Lakshmi,Leïla,Linnéa,Lucía,Maren,Mei,Mirela,Nadia,Nell,Noor,Odile,Paloma,Petra,Quinn,Rosalind,Saoirse,Selma,Tamsin,Thandi,Una,Valeria,Wren,Xiomara,Yara,Zoë'.split(
    ',',
  ),
  M: 'Abel,Anders,Ansel,Bashir,Björn,Callum,Cédric,Darius,Demetri,Emil,Eoin,Esteban,Felix,Ferran,Gareth,Goran,Hamza,Hugo,Idris,Ivo,Jamal,Joaquín,Jürgen,Kenji,Kofi,Lars,Leander,Luca,Magnus,Marek,Mateo,Nikolai,Nuno,Omar,Oskar,Pascal,Quentin,Rafael,René,Sanjay,Søren,Tariq,Theo,Tomás,Ulrich,Viktor,Wes,Zane'.split(
    ',',
  ),
};

export const LAST_NAMES =
  "Abernathy,Achterberg,Bairdwell,Bellamy,Brandvold,Calloway,Castañeda,Corvin,D'Amaro,D'Arcet,Delacroix,Dunmore,Eskelund,Fairweather,Farrow,Fjeld,Gallardo,Garrick,Haldane,Hartigan,Hollins,Ibáñez,Ingram,Jurado,Kaminski,Kestrel,Kowalczyk,Lachance,Larkspur,Lindqvist,Lockridge,Marchetti,Mbeki-Ross,Merriwether,Moreau,Müller-Hess,Nakagawa,Nyström,O'Brannan,O'Carrick,O'Dowd,Okonjo,Ostrander,Pemberton,Petrović,Quillfeather,Rasmussen,Ravenel,Rosenthal,Saldívar,Sandoval,Schäffer,Sorensen,St. Clairmont,Takahara,Tillery,Underhill,Vasquez,Vestergaard,Wainwright,Whitlock,Yarrow,Zeller,Ångström".split(
    ',',
  );

/** Metropolitan areas of the United States, in the Census Bureau's style; larger ones first, as listeners are drawn by rank. */
export const LOCATIONS = [
  'New York-Newark-Jersey City, NY-NJ-PA',
  'Los Angeles-Long Beach-Anaheim, CA',
  'Chicago-Naperville-Elgin, IL-IN-WI',
  'Dallas-Fort Worth-Arlington, TX',
  'Houston-The Woodlands-Sugar Land, TX',
  'Washington-Arlington-Alexandria, DC-VA-MD-WV',
  'Philadelphia-Camden-Wilmington, PA-NJ-DE-MD',
  'Miami-Fort Lauderdale-West Palm Beach, FL',
  'Atlanta-Sandy Springs-Roswell, GA',
  'Boston-Cambridge-Newton, MA-NH',
  'San Francisco-Oakland-Hayward, CA',
  'Phoenix-Mesa-Scottsdale, AZ',
  'Detroit-Warren-Dearborn, MI',
  'Seattle-Tacoma-Bellevue, WA',
  'Minneapolis-St. Paul-Bloomington, MN-WI',
  'San Diego-Carlsbad, CA',
  'Tampa-St. Petersburg-Clearwater, FL',
  'Denver-Aurora-Lakewood, CO',
  'St. Louis, MO-IL',
  'Baltimore-Columbia-Towson, MD',
  'Charlotte-Concord-Gastonia, NC-SC',
  'Portland-Vancouver-Hillsboro, OR-WA',
  'San Antonio-New Braunfels, TX',
  'Pittsburgh, PA',
  'Cincinnati, OH-KY-IN',
  'Kansas City, MO-KS',
  'Columbus, OH',
  'Nashville-Davidson--Murfreesboro--Franklin, TN',
  'Milwaukee-Waukesha-West Allis, WI',
  'New Orleans-Metairie, LA',
  'Honolulu, HI',
  'Albuquerque, NM',
  'Boise City, ID',
  'Burlington-South Burlington, VT',
  'Coeur d’Alene, ID',
  'Anchorage, AK',
];

/** Some are in quotes of their own, as in the published events. */
export const USER_AGENTS = [
  '"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"',
  '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"',
  '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"',
  '"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0',
  '"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"',
  'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0',
  'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
];

export const ADJECTIVES =
  'Amber,Borrowed,Broken,Copper,Crooked,Distant,Electric,Faded,Gentle,Golden,Hollow,Indigo,Ivory,Lonesome,Midnight,Northern,Paper,Quiet,Restless,Scarlet,Silver,Sleepy,Velvet,Wandering,Wild,Winter,Électrique,Süße'.split(
    ',',
  );

export const NOUNS =
  'Anchors,Avenue,Bicycles,Canyon,Cathedral,Comet,Foxes,Garden,Harbour,Herons,Islands,Kites,Lanterns,Letters,Machines,Meadow,Mirrors,Motel,Orchard,Parade,Pilots,Postcards,Radio,Rivers,Satellites,Shadows,Sparrows,Static,Tides,Tigers,Train,Weather,Wolves,Niño,Fjörd'.split(
    ',',
  );

export const VERBS =
  "Don't Forget,Hold On to,Waiting for,Goodbye,Dancing with,Letters to,Under the,Back to the,No More,I'll Follow the,Song for the,Chasing".split(
    ',',
  );

/** Where artists are from: location, degrees north, degrees east. */
export const PLACES: readonly (readonly [string, number, number])[] = [
  ['London, England', 51.50632, -0.12714],
  ['Los Angeles, CA', 34.05349, -118.24532],
  ['New York, NY', 40.71455, -74.00712],
  ['Chicago, IL', 41.88415, -87.63241],
  ['Nashville, TN', 36.16778, -86.77836],
  ['Austin, TX', 30.26759, -97.74299],
  ['Seattle, WA', 47.60356, -122.32944],
  ['Detroit, MI', 42.33168, -83.04792],
  ['New Orleans, LA', 29.95369, -90.07771],
  ['Montréal, Québec, Canada', 45.51228, -73.55439],
  ['Toronto, Ontario, Canada', 43.64856, -79.38533],
  ['Manchester, England', 53.4796, -2.24881],
  ['Glasgow, Scotland', 55.86578, -4.25721],
  ['Dublin, Ireland', 53.34376, -6.24953],
  ['Paris, France', 48.85692, 2.34121],
  ['Köln, Germany', 50.94169, 6.95505],
  ['Göteborg, Sweden', 57.70133, 11.96689],
  ['Bergen, Norway', 60.39299, 5.32415],
  ['São Paulo, Brazil', -23.56287, -46.65468],
  ['Buenos Aires, Argentina', -34.60852, -58.37354],
  ['Lagos, Nigeria', 6.45506, 3.39418],
  ['Bamako, Mali', 12.65, -8.0],
  ['Tokyo, Japan', 35.67048, 139.74092],
  ['Melbourne, Australia', -37.81753, 144.96715],
];
