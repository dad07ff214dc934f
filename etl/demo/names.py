"""Invented words: streets, neighborhoods, people, developments. None of them is anybody's."""

_NEIGHBORHOODS = """
    Alder Flats, Amberly, Ashgrove, Bakers Row, Beacon Hill, Bellwether, Birchmont, Bluff Park, Brickyard,
    Brookhollow, Cannery, Cedar Gap, Chapel Springs, Cinder Point, Clover Bottom, Copperfield, Cotton Yard,
    Creekside, Crown Terrace, Depot Square, Dogwood Heights, Eastgate, Elm Landing, Fairhaven, Fallowfield, Ferry
    Road, Fiddlers Green, Foundry, Foxglove, Garnet Hill, Glass House, Granary, Halcyon, Harrow Hill, Hawthorn,
    Heron Bay, Highmark, Hollins, Iron Bridge, Juniper Ridge, Kiln Hill, Lantern Hill, Larkspur, Linden Park,
    Lockhouse, Longmeadow, Magnolia Bend, Maple Commons, Marble Row, Meadowlark, Millrace, Millstone, Mockingbird,
    North Quarry, Oak Hollow, Old Market, Orchard Side, Paper Mill, Pinecrest, Pleasant Fork, Poplar Run, Quarry
    Lake, Railside, Red Gate, Sawyers Point, Silver Spring, South Landing, Sycamore, Tannery, Walnut Cove, Weavers
    Lane, Willow Bend
"""
_STREETS = """
    Acorn Agate Alcott Almond Amber Anchor Anvil Apple Arbor Argyle Arrow Aspen Aster Auburn Avocet Azalea Badger
    Balsam Barley Basil Bayberry Beacon Beech Birch Bittern Bluebell Bobolink Bramble Briar Bristol Bronze Buckeye
    Bunting Burdock Butternut Calico Camden Candle Caraway Cardinal Carver Cascade Catalpa Cedar Chandler Cherry
    Chestnut Chicory Cider Clay Clover Cobalt Colby Coleman Compass Cooper Copper Coral Coriander Cornell Cotton
    Crane Cricket Crocus Currant Cypress Daffodil Dahlia Daisy Damson Dapple Dewberry Dogwood Dover Dune Eagle Ebony
    Egret Elder Ember Emerald Fennel Fern Fiddle Fielding Finch Flax Flint Forge Foxtail Galena Garnet Gentian
    Ginger Glover Gooseberry Granite Grove Hackberry Harbor Harrow Harvest Hazel Heath Hemlock Heron Hickory Holly
    Hopper Hornbeam Indigo Ivy Jasper Jonquil Juniper Kestrel Kettle Kingfisher Lantern Larch Lark Laurel Lavender
    Linden Linnet Locust Lupine Magnolia Mallard Maple Marigold Marlin Martin Mason Meadow Merlin Millet Mint
    Mulberry Myrtle Nettle Nutmeg Oakum Olive Onyx Opal Oriole Osprey Otter Paprika Parsley Pecan Pepper Persimmon
    Pewter Pheasant Pippin Plover Plum Poplar Primrose Quail Quartz Quince Raven Redbud Robin Rosemary Rowan Russet
    Saffron Sage Sandpiper Sassafras Sienna Slate Sorrel Sparrow Spruce Starling Sumac Swallow Swift Tamarack
    Tanager Tansy Teal Thistle Thrush Thyme Topaz Tulip Tupelo Umber Verbena Vireo Walnut Warbler Willet Willow
    Wisteria Wren Yarrow Yew Zinnia
"""
_FIRST_NAMES = """
    Aaron Abel Ada Adele Agnes Alan Alba Alma Alonzo Amos Ana Andre Angela Anita Antonio April Arlene Arturo Ava
    Beatriz Belinda Benito Bernard Bianca Blake Bonnie Brian Bridget Calvin Camila Carla Carmen Cecil Celia Chester
    Clara Clementine Colleen Cora Corey Curtis Dale Dana Darius Deborah Della Delroy Dennis Diego Dina Dolores Donnell
    Doris Duane Earl Edith Edwin Elena Elias Ella Emilio Enid Erica Ernest Esther Eugene Eva Fabian Faye Felix Flora
    Floyd Gail Garrett Gemma George Gilda Glenn Gloria Gordon Grace Gwen Hank Harriet Hector Helen Hilda Hugo Ida
    Imani Inez Irene Isaac Ivan Jada Jamal Janice Jasmine Joaquin Jody Joel Joy Juan Judith Kara Keith Kelvin Kendra
    Kerry Lamar Lars Latoya Leon Lila Lionel Lorna Lucia Luther Mabel Malik Marco Maria Marvin Maxine Melvin Mia
    Miguel Mona Myra Nadia Naomi Nelson Nina Noel Nora Omar Opal Oscar Otis Pablo Pamela Paula Percy Petra Quentin
    Rafael Ramona Ray Regina Rex Rhonda Rita Rosa Roy Ruben Ruth Sabrina Salma Samuel Selma Shawn Sheila Silvia
    Simon Sonia Stella Tamika Tara Teodoro Terry Thelma Tomas Tracy Trudy Tyrone Ursula Valeria Vera Vernon Victor
    Viola Wade Wanda Wesley Wilma Xavier Yolanda Yvonne Zoe
"""
_LAST_NAMES = """
    Abernathy Acosta Adair Aldridge Alvarado Applewhite Archuleta Ashby Atwater Ballard Banks Barrow Baxter Beckett
    Benson Bishop Blackwell Blount Booker Bowman Brewer Briggs Bristow Buchanan Burgess Cabrera Caldwell Calloway
    Cantrell Cardenas Carver Castillo Chandler Clemons Coffey Colbert Conner Cordova Crenshaw Crowder Dalton
    Davenport Delgado Dempsey Dixon Dorsey Drummond Dugan Eastman Elder Ellison Emerson Espinoza Farley Faulkner
    Fenton Finley Fleming Foley Foster Fuentes Gaines Galloway Garza Gentry Gibbs Gilliam Goddard Goodwin Granger
    Greer Guthrie Hadley Hale Hammond Hargrove Hatcher Hendrix Herrera Hinton Holbrook Hollis Hooper Huerta Hutchins
    Ingram Irwin Jarvis Jennings Joyner Keller Kendrick Kirby Lambert Landry Lawson Ledbetter Lindsey Lockhart
    Lovell Lucero Maddox Malone Marsh Massey Maynard McBride McCoy Medina Mercer Merritt Milner Moody Moreno Mosley
    Munoz Nash Newsome Nolan Norwood Ochoa Odom Orozco Osborne Pacheco Parrish Patrick Paxton Peebles Pennington
    Pickett Poole Prescott Pruitt Quezada Quinn Ramsey Rankin Redmond Rhodes Ridley Rivas Roach Rollins Rowland
    Rucker Salazar Sampson Sawyer Sexton Sheldon Shelton Sizemore Slater Sloan Stafford Stanton Strickland Suarez
    Sumner Swanson Talley Tate Thornton Tillman Tolbert Trevino Tripp Underwood Valdez Vance Vaughn Velasquez
    Wadsworth Walden Ware Weatherly Webber Whitfield Wilder Winslow Wooten Wyatt Yancey Yates York Zamora
"""
_DEVELOPMENT_WORDS = """
    Alder Amber Ash Beacon Birch Briar Brook Cedar Chapel Clover Copper Crown Dogwood Elm Fern Foundry Garden Garnet
    Harbor Hawthorn Heron Juniper Lantern Laurel Linden Magnolia Maple Meadow Millstone Oak Orchard Pine Quarry
    Sycamore Walnut Willow
"""

NEIGHBORHOODS: tuple[str, ...] = tuple(" ".join(name.split()) for name in _NEIGHBORHOODS.split(","))
STREETS: tuple[str, ...] = tuple(_STREETS.split())
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST_NAMES.split())
LAST_NAMES: tuple[str, ...] = tuple(_LAST_NAMES.split())
DEVELOPMENT_WORDS: tuple[str, ...] = tuple(_DEVELOPMENT_WORDS.split())

STREET_TYPES = ("St", "Ave", "Ln", "Dr", "Rd", "Ct", "Way", "Cir", "Pl")
LONG_TYPES = ("STREET", "AVENUE", "LANE", "DRIVE", "ROAD", "COURT", "WAY", "CIRCLE", "PLACE")
DIRECTIONS = ("", "N", "S", "E", "W")

LANDLORDS = tuple(
    f"{word} {kind}"
    for word in (
        "Bluebird",
        "Cornerstone",
        "Keystone",
        "Lantern",
        "Millrace",
        "Oakline",
        "Pinnacle",
        "Riverbend",
        "Summit",
    )
    for kind in ("Properties LLC", "Management Inc", "Apartments LP", "Homes LLC", "Realty Group", "Holdings LLC")
)


DEVELOPMENT_KINDS = (
    "Commons",
    "Court",
    "Place",
    "Terrace",
    "Homes",
    "Village",
    "Lofts",
    "Manor",
    "Residences",
    "Square",
)

CANARY_STREET = "Quillfeather"
CANARY_PEOPLE = (
    ("Zebediah", "Quackenbush"),
    ("Philomena", "Oddlesworth"),
    ("Thaddeus", "Wimplecroft"),
    ("Ottoline", "Farquharling"),
    ("Balthazar", "Snodgrassen"),
    ("Xanthippe", "Vanderslootje"),
)
CANARY_PHONES = tuple(f"865555{number:04d}" for number in range(9131, 9131 + len(CANARY_PEOPLE)))
CANARY_ACCOUNTS = tuple(f"0099-0317{number:02d}" for number in range(41, 41 + len(CANARY_PEOPLE)))
