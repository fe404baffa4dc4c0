/** Two plain words and a short code that the author sees in Outlook and the recipient sees in the notice: "tell them to look for *amber harbor 472*". 64 × 64 × 900 of them. */
const FIRST = 'amber autumn azure bonny blue bold brave bright calm clear clever coral crisp early fair fine fresh gentle glad golden grand green happy honest humble ivory jade jolly keen kind lively lucky maple mellow merry mild misty modest noble olive patient pearl plain polite proud quick quiet rapid ready rosy round royal ruby sandy shiny silent silver simple smooth soft spring steady summer sunny'.split(' ');
const SECOND = 'anchor arbor basin beacon bell birch bridge brook canyon castle cedar cliff clover coast comet creek delta dune elm ember falcon fern field forest garden glade grove harbor hazel heron hill island ivy lake lantern lark laurel leaf lily linden lotus meadow moon oak orchard otter path pebble pine plum pond poplar quarry rain reef river robin sail shore sparrow stone thistle valley willow'.split(' ');

export function recognitionPhrase(random: Uint8Array): string {
  const code = 100 + ((((random[2] ?? 0) << 8) | (random[3] ?? 0)) % 900);
  return `${FIRST[(random[0] ?? 0) % FIRST.length]} ${SECOND[(random[1] ?? 0) % SECOND.length]} ${code}`;
}
