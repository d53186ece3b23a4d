package token

import (
	"crypto/sha256"
	"strings"
)

// Words are two binding words such as "amber-kettle": the same for the same seed, so that
// mail, page and API show that they speak of one thing. 65,536 pairs tell open requests
// apart for a person; they are no secret and no unique name.
func Words(seed []byte) string {
	sum := sha256.Sum256(seed)
	return lookWords[sum[0]] + "-" + objectWords[sum[1]]
}

var lookWords, objectWords = strings.Fields(looks), strings.Fields(objects)

// Both lists hold 256 words, of which no two in a list differ by one letter only.
// They never change: words that were shown must come out again.
const looks = `
agile airy alert amber ample arctic autumn azure balmy basic blue bold brave breezy brief bright
brisk broad bronze bubbly calm candid careful casual cheerful chilly civil clean clever close cloudy
copper coral cosy cream crimson crisp curious curly cyan daily dapper daring deep dewy direct
distant dotted downy eager early earnest eastern easy elegant emerald even exact fabled fair famous
fancy fast fawn festive fine firm fluffy flying foggy fond forest formal free fresh friendly frosty
gentle giant glad gleaming glossy golden grand grassy green grey hardy hazel healthy hidden high
honest humble icy ideal indigo inland jade jolly joyful keen khaki leafy lemon light lilac lime
little lively local lofty long lucid lucky lunar magic major maroon mauve merry mighty mild mint
misty modern modest mossy narrow navy nearby neat nimble noble northern novel oaken oblong ochre
olive open orange orderly oval paper patient peach pearl peppy pink placid plain playful pleasant
plum polar polite precise prime proper proud purple quaint quick quiet rapid rare ready red regal
robust rocky rose round royal ruby rural russet rustic rusty safe saffron salty sandy satin scarlet
sepia serene sharp shiny short sienna silent silken silver simple slate sleek slender slow smart
smooth snowy snug soft solid southern speckled spicy splendid spring square starry steady still
stone striped strong sturdy subtle summer sunlit sunny swift tall tan teal tender thankful thrifty
tidy toasty topaz tranquil unique upbeat upper urban useful valiant varied velvet verdant violet
vital vivid warm western wide windy winter witty wooden woolly young zesty
`

const objects = `
anchor apple apron arch arrow atlas axle badge bagel bamboo banjo barn barrel basil basket beach
beacon bell berry bicycle biscuit blanket boat bonnet book bottle bowl box branch bread brick bridge
broom brush bucket buckle bugle button cabin cable cactus camera canal candle canoe canvas canyon
carpet cart castle cedar cello chair chalk cherry chest chimney cider circle clarinet cliff clock
cloud clover cocoa comb comet compass cork cottage cradle crane crayon cricket crown cup curtain
cushion daisy dolphin domino door dragon drum duck eagle easel elm engine falcon feather fence fern
fiddle field fig finch flag flute forge fountain garden garnet gate ginger glacier glove goblet
grape guitar hammer hammock harbour harp hat hedge helmet heron hill honey horn hotel igloo inkwell
island jacket jar jewel jigsaw jug kayak kettle key kite kitten knot ladder lagoon lake lamp lantern
laurel leaf ledger lettuce lily lion locket loom lynx magnet mango maple marble market meadow medal
melon mirror mosaic muffin needle nest notebook nutmeg oak oasis olivine onion opal orchard orchid
otter paddle palace panda parcel parrot parsnip path peacock pebble pelican pencil pepper piano
pickle picnic pigeon pillow pine planet plate plough pond poplar poppy prism pulley pumpkin puzzle
quilt rabbit radish raft railway rainbow raven ribbon river robin rudder sail salmon sandal satchel
saucer scarf seal shell shovel sparrow spoon squirrel stable stamp statue sundial swan teapot
thimble thistle ticket tiger torch tower tractor trumpet tulip tunnel turtle umbrella valley vase
village viola violin waffle wagon walnut walrus window wren yacht zebra zipper
`
