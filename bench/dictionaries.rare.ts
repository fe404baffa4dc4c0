/**
 * Words of one meaning, thousands of them: the builder packs them into one set of hashes. A word that any other list holds belongs there, not here.
 * Written out for this product; surnames by how frequent they are in the United States (Census Bureau counts are public domain) and for the families a clinic meets.
 */
/**
 * Diseases, complaints, findings, parts of the body, medicines and procedures, from general medical knowledge; no licensed vocabulary was copied.
 * Plurals in "s", and words that an ending alone names (`lexicon/ending.ts`), are left out.
 */
export const MEDICAL = `
abdominal abilify ablated abscess abscessed acetaminophen achilles acidosis acne adderall addisonian adenoid adenoma adenomatous adenosine adenovirus adhd adnexal adrenal advair advil
afebrile afib agoraphobia aicd aimovig albumin aldactone aldosterone aleve allopurinol alopecia alzheimers ambien amblyopia amiodarone amniotic amox amoxil amphetamine amputation amylase
amyloid amyloidosis anal anaphylactic anaphylaxis anaplastic anastrozole androgen anemic anesthetic aneurysm angioedema anorexia anoxic antacid antepartum antibiotic anticoagulant
anticoagulation antidepressant antiemetic antifungal antihypertensive antiviral anxiety aortic aphasia aplastic apnea apneic appy apraxia apremilast arachnoid arava aricept arimidex
armodafinil arnuity aromasin arrhythmia arrhythmic arterial artery arthritic arthroscopic ascites aseptic asperger aspergillosis asphyxia aspirated aspirin asthma asthmatic astigmatism
asymptomatic asystole ataxia atelectasis ativan atopic atrial atrophy atropine atrovent augmentin auricular autism autoantibody autograft autoimmune autoimmunity avastin avonex baclofen
bacterial bacterium bactrim basaglar basilar bedbound bedsore benadryl benicar benlysta benzonatate betablocker bhcg bicarbonate bicuspid biliary bilirubin bipap bitewing bladder blastic
bleeding blindness blister boostrix botox botulinum bowel brachial bradycardia bradycardic bridion brilinta bronchial bronchiectasis bronchodilator bronchospasm bruising bruit bulimia
bumetanide bunion bupropion buspirone bydureon byetta calcitonin calcitriol cancer candidiasis cannula capecitabine carafate carbamazepine carcinoma cardiogenic cardiovascular cardioverted
cardioverter cardizem caries cariprazine carisoprodol carotid carpal carvedilol cataract catheterized cauterized cdiff cecal cefazolin cefdinir cefepime cefpodoxime ceftriaxone cefuroxime
celebrex celecoxib celexa celiac cellcept cellulitic cephalexin cerebellar cerebral cervical cervix cetirizine chantix chelation chemo chemotherapy chickenpox chills chiropractic chlamydia
chlamydial chloroquine chlorthalidone cholelithiasis cholera cholestasis chromosomal cialis cimzia cipro circumcision cirrhosis cirrhotic citalopram ciwa claritin clavicle clavulanate
clobazam clobetasol clomid clomiphene clonidine clostridium clozaril clubfoot cmv coarctation cochlear codeine colace colchicine colicky collarbone colonic colorectal coma comatose combivent
comminuted comorbid comorbidities compazine complera concerta concussed concussion congenital congestive conjunctival constipated constipation contractions contractures contusion copaxone
copd coreg cornea corneal coronary coronavirus corticosteroid cortisol cortisone cosentyx cough coumadin cozaar cranial crestor crohns croup croupy crrt cryotherapy cryptococcus csection csf
curettage cyanosis cyanotic cyclobenzaprine cyclosporine cymbalta cystic cystocele cytotec daypro dcis deafness debrided decadron decongestant decubitus degenerative dehydrated dehydration
delirium deltoid dengue denture depakote depression depressive dermabond dermal dermatophyte desaturated desaturation desmopressin dexamethasone dexilant diabetes diabetic dialyzed
diaphoresis diaphoretic diarrhoea diastolic diazepam diclofenac dicyclomine diflucan digoxin dilantin dilaudid diltiazem diovan diphenhydramine diphtheria diplopia dipyridamole dislocation
disorder distention diuresed diuresis diuretic divalproex diverticular diverticulosis diverticulum dizziness docusate donepezil doxepin doxycycline dronedarone drospirenone dtap dulcolax
duodenal duodenum duoneb dupixent duragesic dural dxa dyslexia dyslexic dyspareunia dyspepsia dysphoria dysplasia dysplastic dyspneic dysrhythmia dysthymia dystocia dystonia dystrophic ebola
ebv ecchymosis eclampsia eclamptic ecmo ectopic ectropion eczema eczematous edema edematous efavirenz effexor effusion eliquis embolic embolism embolization embryo emesis emphysema empyema
enbrel encephalitic endocervical endodontic endodontist endometrial endometriosis endometrium endoscope endoscopic endotracheal enema enteral enteric enterococcus enterovirus entresto
enucleation enuresis enzalutamide eosinophil eosinophilic epididymal epididymo epigastric epilepsy epileptic epinephrine epipen epistaxis epithelial epoetin eptifibatide ercp erectile
erysipelas erythema erythematous erythrocyte esbl escitalopram esketamine esophageal esrd estrace estradiol estrogen eszopiclone etanercept ethambutol ethinyl etonogestrel etoposide
euglycemic eustachian euthyroid evenity exacerbation exenatide exfoliative exophthalmos extracranial exudate exudative ezetimibe familial farxiga fatigue febrile fecal feces femoral femur
fenofibrate fentanyl ferrous fetal fetus fever fexofenadine fibrillating fibrillation fibrinogen fibroadenoma fibrocystic fibroid fibrosis fibrotic fibula fistula flagyl flecainide flexeril
flomax flonase flovent fluoroscopic fluorouracil fluticasone folate folfox fondaparinux fosamax fractured fractures frail frostbite frostbitten funduscopic fungal furuncle gabapentin
gadolinium gallstones ganglion gangrene gangrenous gardasil gastric gastrin gemcitabine gemfibrozil genital gerd gestational giardia gilenya gingiva gingival glatiramer glaucoma glaucomatous
gleevec glimepiride glioma glipizide glomerular glucagon glucometer glucophage gluteal glyburide glycemic goiter gonadotropin gonococcal gout gouty granulation granulocyte granuloma gravid
gravida gravidity groin gtube guaifenesin guanfacine gumline gynecomastia haemophilus haldol haloperidol hammertoe hcg hct headache headedness heartburn helicobacter hemangioma hematemesis
hematologic hematoma hemiparetic hemiplegic hemochromatosis hemodynamic hemolysis hemolytic hemophilia hemophiliac hemoptysis hemorrhagic hemorrhaging hemorrhoid hemorrhoidal heparin hepatic
hepatologist hepatoma heplisav herceptin hernia herniated herniation herpes herpetic hfpef hfref hgb hiatal hiccups hida hirsutism histamine hives hoarseness hodgkins holter homocysteine
hormonal hsv humalog humerus humira hydralazine hydrocele hydrocephalus hydrocodone hydrocortisone hydronephrosis hydroxychloroquine hydroxyurea hydroxyzine hyperactive hypercapnic
hyperemesis hyperkalemic hyperopia hyperplasia hypersomnia hypertension hypertensive hyperthyroidism hypertrophic hypoglycemic hypogonadism hypokalemic hypokinesis hypomania hypomanic
hyponatremic hypoplastic hypospadias hypotension hypotensive hypothalamic hypothermia hypothyroidism hypovolemic hypoxia hypoxic ibrance idiopathic ileus iliac imbruvica imdur imipenem
imipramine imitrex immunosuppressant imodium impaction imperforate impetigo imuran incisional incontinence incontinent inderal indomethacin infarct infarcted infarction infection infective
inflammation influenza ingrown inguinal inhaler insomnia insomniac insufficiency insulin insulinoma intercostal interferon interstitial intracranial intradermal intraocular intrapartum
intrathecal intrauterine intravenous intravitreal intubate intubated intuniv invega invokana ipv irinotecan iritis ischemic ischial isoniazid isosorbide isotretinoin iugr ivermectin janumet
januvia jardiance jaundice jtube jugular keflex keppra keratoconus keratoses keratosis kesimpta ketamine ketoacidosis ketogenic ketone ketorolac ketotic keytruda kidney klonopin kyphosis
labetalol labia labial labral lacerated laceration lacosamide lactase lactic lactulose lamictal lamotrigine lanreotide lantus laryngeal laryngospasm larynx lasix latanoprost latuda ldct
lecanemab legionella leiomyoma leprosy lesions lethargic lethargy letrozole leukemic leukocyte leukoplakia leuprolide levaquin levetiracetam levothyroxine lexapro lidoderm ligament
ligamentous lightheadedness linezolid liothyronine lipitor lipoma listeria listeriosis lithium lmp lobular loperamide lopressor loratadine lortab losartan lovenox lumbago lumbar lumbosacral
lunesta lung lupron lupus lurasidone luteinizing lvad lymph lymphatic lymphedema lymphocyte lymphocytic lymphoid lyrica lysis macrobid macrocytic macula macular malaria malformation
malignancy malignant malnutrition malocclusion mammographic mandible mandibular mania maxillary mdd measles meclizine meconium mediastinum medrol medroxyprogesterone mefenamic megacolon
melanoma melatonin melena meloxicam memantine menactra menarche meningeal meningioma meningocele meniscal meniscus menopausal menopause menorrhagia menses menstrual menstruating menstruation
meropenem mesalamine mesenteric mesothelial mesothelioma metacarpal metastases metastasis metastasized metastatic metatarsal metformin methocarbamol methotrexate methylene methylphenidate
methylprednisolone metoclopramide metolazone microadenoma microalbumin microcephaly microcytic midfoot midodrine migraine migrainous minocycline mirabegron miralax mirapex mirena
mitoxantrone mitral mobic modafinil molar molluscum mometasone monkeypox monoclonal monocular monocyte mononucleosis morphine motrin mounjaro mpox mrcp mrsa mssa mucinex mucormycosis mucosal
mucous mucus multinodular multiparous mumps mupirocin murmur myalgia mycophenolate mycoplasma myelodysplastic myeloid myeloma myelopathic myocardial myocardium myoclonic myoclonus myopathy
myopia myotonic myrbetriq naloxone namenda naproxen narcolepsy nasogastric nausea nauseated nauseous nebulized nebulizer necrosis necrotic necrotizing neonate neoplasm neoplastic nephritic
nephrolithiasis nephrotic nephrotoxic nesina neuralgic neurofibroma neurogenic neurolysis neurontin neuropathic neuropsych neutropenic neutrophil neutrophilia nevi nevus nexium nexplanon
niacin nicoderm nintedanib nitro nitrofurantoin nitroglycerin nodular nodule nonadherent nonalcoholic nonhealing nonischemic nonunion nonverbal norco norgestimate normocytic normotensive
norovirus norvasc nosebleed novolin novolog nsaid nsclc nstemi nucala nulliparous numbness nurtec nuvaring nystagmus nystatin obese obesity obstetric obstructive occipital occlusion
occlusive ocrevus octreotide odontogenic oedema oliguric opdivo ophthalmia opiate opioid orthodontic orthostasis orthostatic osmotic osteoblastic osteogenesis osteomalacia osteoporosis
osteoporotic ostomy otezla otitis ovarian ovary ovulating ovulation oxazepam oxcarbazepine oxybutynin oxycodone oxycontin oxymorphone oxytocin ozempic pain painkillers paliperidone
palpitations pancreas pancreatic papillary papilledema papilloma paracentesis paralysis paralytic paranoia paraplegic parasitic parathyroid parenteral paresthesia parkinsonism parkinsons
paroxysmal parvovirus patella patellar paxil paxlovid pazopanib pcos pediculosis pegloticase pegtube pelvic pemetrexed pemphigoid pemphigus pentamidine pepcid peptic percocet percutaneous
perianal periapical pericardial perineal perineum periodontal peripartum peritoneal peritoneum peroneal perphenazine pertussis pfts pharyngeal pharynx phenelzine phentermine phenytoin
phimosis phobia phosphatase phosphate photophobia phq picc pilocarpine pilonidal pinkeye pinworm pioglitazone pirfenidone pituitary pityriasis placenta placental plantar plaquenil plavix
pleural pleurisy pleuritic pleurodesis pneumococcal pneumocystis pneumonia poisoning polio polycystic polydactyly polydipsia polyp polypharmacy porphyria postherpetic postictal postnatal
postpartum postprandial postsurgical postural postviral ppd pprm pradaxa praluent pramipexole precancerous prediabetes prediabetic prednisolone prednisone preeclampsia preeclamptic preg
pregabalin premarin premenstrual presbycusis presbyopia presyncopal presyncope preterm priapism prilosec primidone primigravida prinivil procainamide procardia progesterone progestin
prognathism prograf prolactin prolactinoma prolapse prolapsed prolia promethazine propafenone prophy propofol proscar prostatic prosthetic proteinuric prothrombin protonix protuberant prozac
pruritic pruritus pseudogout pseudomonas pseudotumor psoriasis psoriatic psychotic ptosis pubic puerperal pulmicort pulmonary pulseless purulent pustular pustule pyelogram pyloric pyogenic
pyrazinamide pyridium qhs quadriceps quadriplegic quantiferon rabies raloxifene ramelteon ranexa ranolazine rasagiline rash reabsorption rectal rectocele rectum reflux regadenoson reglan
regorafenib regurgitation rehydration remeron remicade renal repatha reperfusion resected restasis reticulocyte retinal revlimid rhabdo rhabdomyolysis rheumatic rheumatism rheumatoid
rhinovirus rhogam ribavirin rickets rifampin rifaximin ringworm rinvoq risperdal risperidone ritalin rituxan robaxin rocephin roflumilast ropinirole rosacea rotavirus rubella rufinamide rvr
rybelsus sacral sacroiliac sacrum sacubitril salbutamol salmonella salpingo sarcoidosis saxenda scabbed scabies scapula scapular schizoid sciatic sciatica scleroderma sclerosing scoliosis
scoliotic scopolamine scrotal scrotum scurvy sebaceous seborrheic sedation seizure selegiline semen seminoma senna sepsis septic septicemic septum seroquel serous sertraline serum
sevoflurane shigella shigellosis shingles sickle sigmoid sinemet singulair sinus skelaxin skyrizi smallpox solifenacin solumedrol somatization somatropin somnolence somnolent sonogram
sorafenib spastic spasticity spermatocele sphincter spinal spiriva spironolactone spleen splenic splinted spondylosis sprain sprained sputum squamous ssri staph statin stelara stemi stenosed
stenosis stenotic stented stereotactic sternal sternum steroid steroidal stillbirth stoma strabismus strattera strep stridor stroke stye subacute subarachnoid subchorionic subclavian
subcutaneous subdural subluxation subq substernal sucralfate sulfa sulfonylurea sunburn suppository suprapubic suvorexant swelling symbicort syncopal syncope synovial synthroid syphilis
syphilitic systolic tachycardia tachycardic tachypneic tagrisso taltz tamiflu tamoxifen tapeworm tardive tavr taxol tdap tecfidera tegretol temozolomide tendinosis tendon teratoma
terbinafine terbutaline teriparatide testicle testicular testis testosterone tetanus tetracycline tetraplegic thoracic thrombocyte thrombolysis thrombolytic thrombosed thrombosis thrombotic
thrombus thrush thymoma thymus thyroid thyroxine tibia tibial ticagrelor tinea tinnitus tirzepatide tizanidine tolterodine tonsil tonsillar topamax topiramate toprol toradol torsion
torticollis toujeo trachea tracheal tramadol tranexamic transaminase transdermal transferrin transfused transmural transplanted transrectal transvaginal travatan travoprost trazodone trelegy
tremor tremulous tresiba tretinoin triamcinolone triamterene trichomonas tricuspid trigeminal trimethoprim trintellix triumeq trochanteric trulicity tubal tuberculosis tumors tumour turp
tylenol tympanic typhoid typhus tysabri ubrelvy ulcerated ulceration ulcerative ulcers ulnar ultram umbilical underweight undescended uremia uremic ureter ureteral urethra urethral uric
urinary urinating urination urine urosepsis ursodiol urticaria urticarial uterine vagina vaginal vaginosis valium valproate valproic valtrex valvular varenicline variceal varicella
varicocele varicose varicosity vasculitic vasodilator vasopressin vasopressor vasospasm vasotec vasovagal velcade venlafaxine venofer venogram venous ventolin ventricle ventricular verapamil
verrucous vertebra vertebrae vertebral vertigo verzenio vesicare vestibular viagra vicodin victoza vilazodone vincristine viremic visceral vitiligo vitreous voltaren volvulus vomiting
vonoprazan vraylar vre vulva vulvodynia vulvovaginal vyvanse vzv warfarin wart warty wegovy wellbutrin wheeze wheezing whiplash wilms wound xanax xarelto xeljanz xerostomia xolair zaleplon
zanaflex zantac zepbound zestril zetia zidovudine zika ziprasidone zithromax zocor zofran zoledronic zoloft zolpidem zonisamide zostavax zoster zyprexa zyrtec zyvox
`.trim().split(/\s+/);

export const SURNAMES = `
abdi abebe acosta adebayo adeyemi agarwal aguilar almeida alvarado alvarez andersson andrews avila ayala banerjee banks barbosa barker barnes bass bates bauer becker begum belanger berg
bergeron bhat bianchi blackwell bonnet bose bouchard bowman braun brown buchanan bui bush butler byrd campbell campos cao carlson carpenter carrillo carvalho castillo castro chambers chapman
chatterjee chavez cheng cheung cho choi chopra chow christensen cohen collins colombo conner conti contreras cook cortez costa cox cruz cunningham dahl dang daniels das dawson day delacruz
delgado deluca demir deng desai desrosiers diallo diaz dixon dlamini doherty dominguez dong dubois duong durand dvorak edwards epstein erickson eriksson espinoza esposito estrada evans
feldman feng fernandez ferrari ferreira figueroa finch fischer flores fortin fournier fox friedman fuller gagne gagnon gallo gao garcia garza gauthier ghosh gibson girard goldberg gomes
gomez gonzalez goodwin greco greenberg greene guerrero guo gupta gutierrez guzman haddad hansen hansson haugen hawkins he hernandez herrera hicks higgins ho hoang hodges hoffman hofmann
holland hoover horvat howell hu huang hubbard hudson huff hughes hussain ito ivanov iyer jacobs jacobson jang jenkins jennings jensen jimenez johansson johnson johnston jorgensen joshi
juarez jung kamara kaminski kang kaplan kapoor karlsson kato kavanagh keller khalil khan klein knight kobayashi korhonen kovac kovacs kowalski krause kruger kumar kuznetsov lam lamb lange
larson larsson lau lavoie lawson le lefebvre lehmann leung levesque lewandowski lewis li liang lim little liu lombardi long lopez luna luo ly lyons macdonald maldonado malhotra mancini mann
mansour marino marquez martinez massey matthews mbeki mcbride mccarthy mccoy mcdaniel mcdonald mcgee mcgowan mcgrath mcguire mcintyre mckenzie mclaughlin mclean medina mehta mejia mendes
mendez mendoza mensah mercer mohamed molina molnar moody morales moreau moreno moretti morin morrison mukherjee muller mullins munoz murillo myers nagy nair nakamura nash nasser navarro
ndiaye neumann newman ng ngo nguyen nielsen nilsson nkosi novak nowak nunez obrien ochoa oconnor odonnell okafor okonkwo oliveira olson olsson oneill orozco ortega ortiz ouellet owens owusu
pacheco padilla papadopoulos parsons patel patterson payne pearson pedersen pelletier pena pereira perez perkins persson peters peterson petrov pham phan phillips pittman pope popov potter
powers rahman ramirez ramos rao rasmussen reddy reeves reyes rhodes ribeiro ricci richards richter rios rivas rivera rizzo roberts robertson rodrigues rodriguez roe rojas romano romero
rosales rosenberg rossi ruiz russo salazar sanchez sandoval santana santos sasaki sato schmid schmidt schneider schroeder schultz schulz schwartz sen serrano shah shapiro sharma sharp
sidorov simmons simpson sims singh skinner smirnov snow snyder solis sorensen soto sousa steele stein stephens stevens stone strickland summers suzuki svensson svoboda swanson szabo
szymanski tadesse tanaka tang thompson torres toth tran traore tremblay trujillo underwood valdez vargas vasquez vega velasquez villa virtanen vo volkov vu watanabe watkins watson weaver
whitehead wilcox wilkerson wilkins williams williamson winters wise wisniewski wojcik wolfe wong woods wu xiao xu yamada yamamoto yang yates yilmaz yip yoon yoshida young yu zamora zavala
zhang zhao zheng zhou zhu zielinski zimmermann zuniga
`.trim().split(/\s+/);

export const CITIES = `
abilene akron albany albuquerque alexandria allentown amarillo amherst amsterdam anaheim anchorage annapolis appleton arlington arvada asheville athens bakersfield baltimore bangkok bangor
beijing bellingham bethesda bethlehem billings biloxi birmingham bismarck bloomington boise boston boulder bozeman bridgeport brockton bronx brooklyn brownsville brussels buffalo burbank
burlington cairo cambridge camden canton carlsbad carrollton champaign charleston charlottesville chattanooga chesapeake cheyenne chicago cincinnati clarksville clearwater columbia columbus
concord corona danbury davenport dayton dearborn delhi denton detroit dubai dublin duluth durham edinburg elgin escondido evanston evansville fairbanks fairfield fargo fayetteville flagstaff
fontana fresno frisco fullerton gainesville galveston glendale greeley greensboro greenville greenwich gresham hampton harlem harrisburg hartford hialeah hillsboro hoboken hollywood honolulu
houston huntsville indianapolis inglewood ithaca jacksonville joliet juneau kalamazoo kenosha killeen knoxville lafayette lakeland lakewood lancaster lansing laramie laredo lewisville
lexington lisbon london louisville lubbock lynchburg macon madrid manchester manhattan manila mcallen melbourne memphis menifee meridian mesa mesquite miami midland milwaukee minneapolis
miramar missoula modesto montpelier montreal moscow mumbai murfreesboro murrieta nairobi nampa naperville naples nashua nashville newark norfolk norwalk nyc oakland oceanside olathe omaha
ontario orange oslo oxnard palmdale paris pasadena paterson pearland pensacola peoria philadelphia phoenix pittsburgh plano pomona portland princeton providence provo pueblo queens racine
reno renton rialto riverside roanoke rockford rockville rome roseville sacramento sarasota scottsdale scranton seattle sedona seoul shanghai shreveport spartanburg spokane springfield
stamford stockholm stockton sunnyvale surprise syracuse tacoma taipei tallahassee tampa temecula tempe tokyo toledo topeka toronto tucson tulsa tupelo tuscaloosa utica vacaville vallejo
vancouver vegas ventura victorville vienna visalia waco waterbury westminster westport westwood wichita wilmington woodbridge worcester yakima yonkers zurich
`.trim().split(/\s+/);
