/**
 * Words of one meaning, thousands of them: the builder packs them into one set of hashes. A word that any other list holds belongs there, not here.
 * Written out for this product; surnames by how frequent they are in the United States (Census Bureau counts are public domain) and for the families a clinic meets.
 */
/**
 * Diseases, complaints, findings, parts of the body, medicines and procedures, from general medical knowledge; no licensed vocabulary was copied.
 * Plurals in "s", and words that an ending alone names (`lexicon/ending.ts`), are left out.
 */
export const MEDICAL = `
abdominal abg abilify ablated ablation abscess abscessed abx acetaminophen achilles acidosis acl acne adderall addisonian adenoid adenoma adenomatous adenosine adenovirus adhd adnexal
adrenal advair advil afb afebrile afib agoraphobia ahi aicd aimovig aki albumin aldactone aldosterone aleve allergic allergies allergy allopurinol alopecia als alzheimers ambien
amblyopia amh amiodarone amniotic amox amoxil amphetamine amputation amylase amyloid amyloidosis anal anaphylactic anaphylaxis anaplastic anastrozole androgen anemic anesthetic aneurysm
angioedema angiogram anorexia anoxic antacid antepartum antibiotic anticoagulant anticoagulation antidepressant antiemetic antifungal antihypertensive antiviral anxiety aortic apgars
aphasia aplastic apnea apneic appy apraxia apremilast arachnoid arava aricept arimidex armodafinil arnuity aromasin arrhythmia arrhythmic arterial artery arthritic arthroscopic ascites
aseptic asperger aspergillosis asphyxia aspirated aspirin asthma asthmatic astigmatism asymptomatic asystole ataxia atelectasis ativan atopic atrial atrophy atropine atrovent audiogram
augmentin auricular autism autoantibody autograft autoimmune autoimmunity autopsy avastin avonex baclofen bacterial bacterium bactrim bariatric basaglar basilar bedbound bedsore benadryl
benicar benlysta benzonatate betablocker bhcg bicarbonate bicillin bicuspid bili biliary bilirubin biopsies biopsy bipap bitewing bladder blastic bleeding blindness blister bloodwork bmi bmp bnp
boostrix botox botulinum bowel bph brachial bradycardia bradycardic bridion brilinta bronchial bronchiectasis bronchodilator bronchospasm bruising bruit bulimia bumetanide bunion
bupropion buspirone bydureon byetta cabg calcitonin calcitriol cancer candidiasis cannula capecitabine carafate carbamazepine carcinoma cardiogenic cardiovascular cardioversion
cardioverted cardioverter cardizem caries cariprazine carisoprodol carotid carpal carvedilol cataract catheterization catheterized cauterized cbc cdiff cecal cefazolin cefdinir cefepime
cefpodoxime ceftriaxone cefuroxime celebrex celecoxib celexa celiac cellcept cellulitic cephalexin cerebellar cerebral cervical cervix cesarean cetirizine cgm chantix chelation chemo
chemotherapy chf chickenpox chills chiropractic chlamydia chlamydial chloroquine chlorthalidone cholelithiasis cholera cholestasis chromosomal cialis cimzia cipro circumcision cirrhosis
cirrhotic citalopram ciwa ckd claritin clavicle clavulanate clobazam clobetasol clomid clomiphene clonidine clostridium clozaril clubfoot cmp cmv coarctation cochlear codeine colace
colchicine colicky collarbone cologuard colonic colorectal coma comatose combivent comminuted comorbid comorbidities comorbidity compazine complera concerta concussed concussion
congenital congestive conjunctival constipated constipation contractions contractures contraindications contusion copaxone copd coreg cornea corneal coronary coronavirus corticosteroid
cortisol cortisone cosentyx cough coumadin cozaar cpap cranial crcl creatinine crestor crohns crossmatch croup croupy crp crrt cryotherapy cryptococcus csection csf curettage cva cxr
cyanosis cyanotic cyclobenzaprine cyclosporine cymbalta cystic cystocele cytotec daypro dcis deafness debrided debridement decadron decongestant decubitus degenerative dehydrated
dehydration delirium deltoid dengue denture depakote depression depressive dermabond dermal dermatophyte desaturated desaturation desmopressin dexa dexamethasone dexcom dexilant diabetes
diabetic diagnoses diagnosis dialysis dialyzed diaphoresis diaphoretic diarrhoea diastolic diazepam diclofenac dicyclomine dietitian diflucan digoxin dilantin dilaudid diltiazem diovan
diphenhydramine diphtheria diplopia dipyridamole dislocation disorder distention diuresed diuresis diuretic divalproex diverticular diverticulosis diverticulum dizziness dka dme dnr
docusate donepezil doxepin doxycycline dronedarone drospirenone dtap dulcolax duodenal duodenum duoneb dupixent duragesic dural dvt dxa dyslexia dyslexic dyspareunia dyspepsia dysphoria
dysplasia dysplastic dyspneic dysrhythmia dysthymia dystocia dystonia dystrophic ebola ebv ecchymosis ecg echo echocardiogram eclampsia eclamptic ecmo ectopic ectropion eczema eczematous
edema edematous eeg eegs efavirenz effexor effusion egd egfr ekg ekgs eliquis embolic embolism embolization embryo emesis emg emphysema empyema enbrel encephalitic endocervical
endodontic endodontist endometrial endometriosis endometrium endoscope endoscopic endotracheal enema enteral enteric enterococcus enterovirus entresto enucleation enuresis enzalutamide
eosinophil eosinophilic epididymal epididymo epidural epigastric epilepsy epileptic epinephrine epipen epistaxis epithelial epoetin eptifibatide ercp erectile erysipelas erythema
erythematous erythrocyte esbl escitalopram esketamine esophageal esr esrd estrace estradiol estrogen eszopiclone etanercept ethambutol ethinyl etonogestrel etoposide euglycemic
eustachian euthyroid evenity exacerbation exenatide exfoliative exophthalmos extracranial extubation exudate exudative ezetimibe familial farxiga fatigue febrile fecal feces femoral
femur fenofibrate fentanyl ferritin ferrous fetal fetus fever fexofenadine fhx fibrillating fibrillation fibrinogen fibroadenoma fibrocystic fibroid fibrosis fibrotic fibula fistula
flagyl flecainide flexeril flomax flonase flovent fluoroscopic fluorouracil fluticasone folate folfox fondaparinux fosamax fractured fractures frail frostbite frostbitten fsh funduscopic
fungal furuncle gabapentin gad7 gadolinium gallstones ganglion gangrene gangrenous gardasil gastric gastrin gbm gcs gemcitabine gemfibrozil genital gerd gestational giardia gilenya
gingiva gingival glatiramer glaucoma glaucomatous gleevec glimepiride glioma glipizide glomerular glucagon glucometer glucophage glucose gluteal glyburide glycemic goiter gonadotropin
gonococcal gout gouty granulation granulocyte granuloma gravid gravida gravidity groin gtube guaifenesin guanfacine gumline gynecomastia haemophilus haldol haloperidol hammertoe hcg hct
hdl headache headedness heartburn helicobacter hemangioma hematemesis hematocrit hematologic hematoma hemiparetic hemiplegic hemochromatosis hemodialysis hemodynamic hemoglobin hemolysis
hemolytic hemophilia hemophiliac hemoptysis hemorrhagic hemorrhaging hemorrhoid hemorrhoidal heparin hepatic hepatologist hepatoma heplisav herceptin hernia herniated herniation herpes
herpetic hfpef hfref hgb hiatal hiccups hida hirsutism histamine hives hoarseness hodgkins holter homocysteine hormonal hpi hpv hsv htn humalog humerus humira hydralazine hydrocele
hydrocephalus hydrocodone hydrocortisone hydronephrosis hydroxychloroquine hydroxyurea hydroxyzine hyperactive hyperbaric hypercapnic hyperemesis hyperkalemic hyperopia hyperplasia
hypersomnia hypertension hypertensive hyperthyroidism hypertrophic hypoglycemic hypogonadism hypokalemic hypokinesis hypomania hypomanic hyponatremic hypoplastic hypospadias hypotension
hypotensive hypothalamic hypothermia hypothyroidism hypovolemic hypoxia hypoxic ibd ibrance ibs idiopathic ileus iliac imbruvica imdur imipenem imipramine imitrex immunosuppressant
immunotherapy imodium impaction imperforate impetigo imuran incisional incontinence incontinent inderal indomethacin infarct infarcted infarction infection infective inflammation
influenza infusion ingrown inguinal inhaler inr insomnia insomniac insufficiency insulin insulinoma intercostal interferon interstitial intracranial intradermal intraocular intrapartum
intrathecal intrauterine intravenous intravitreal intubate intubated intubation intubations intuniv invega invokana ipv irinotecan iritis ischemic ischial isoniazid isosorbide
isotretinoin itp iugr ivermectin ivf janumet januvia jardiance jaundice jtube jugular keflex keppra keratoconus keratoses keratosis kesimpta ketamine ketoacidosis ketogenic ketone
ketorolac ketotic keytruda kidney klonopin kyphosis labetalol labia labial labral lacerated laceration lacosamide lactase lactic lactulose lamictal lamotrigine lancets lanreotide lantus
laparoscopic laryngeal laryngospasm larynx lasik lasix latanoprost latuda ldct ldl lecanemab legionella leiomyoma leprosy lesions lethargic lethargy letrozole leukemic leukocyte
leukoplakia leuprolide levaquin levetiracetam levothyroxine lexapro lft lfts lidoderm ligament ligamentous lightheadedness linezolid liothyronine lipase lipitor lipoma listeria
listeriosis lithium lithotripsy lmp lobular loperamide lopressor loratadine lortab losartan lovenox ltac lumbago lumbar lumbosacral lunesta lung lupron lupus lurasidone luteinizing lvad
lymph lymphatic lymphedema lymphocyte lymphocytic lymphoid lyrica lysis macrobid macrocytic macula macular malaria malformation malignancy malignant malnutrition malocclusion mammo
mammogram mammographic mammography mandible mandibular mania maxillary mcl mdd measles meclizine meconium mediastinum medication medrol medroxyprogesterone meds mefenamic megacolon
melanoma melatonin melena meloxicam memantine menactra menarche meningeal meningioma meningocele meniscal meniscus menopausal menopause menorrhagia menses menstrual menstruating
menstruation meropenem mesalamine mesenteric mesothelial mesothelioma metacarpal metastases metastasis metastasized metastatic metatarsal metformin methocarbamol methotrexate methylene
methylphenidate methylprednisolone metoclopramide metolazone microadenoma microalbumin microcephaly microcytic midfoot midodrine migraine migrainous minocycline mirabegron miralax
mirapex mirena mitoxantrone mitral mmr mmse mobic moca modafinil molar molluscum mometasone monkeypox monoclonal monocular monocyte mononucleosis morphine motrin mounjaro mpox mrcp mri
mris mrsa mssa mucinex mucormycosis mucosal mucous mucus multinodular multiparous mumps mupirocin murmur mvc myalgia mycophenolate mycoplasma myelodysplastic myeloid myeloma myelopathic
myocardial myocardium myoclonic myoclonus myopathy myopia myotonic myrbetriq naloxone namenda naproxen narcolepsy nasogastric nausea nauseated nauseous nebulized nebulizer necrosis
necrotic necrotizing neonate neoplasm neoplastic nephritic nephrolithiasis nephrotic nephrotoxic nesina neuralgic neurofibroma neurogenic neurolysis neurontin neuropathic neuropsych
neutropenic neutrophil neutrophilia nevi nevus nexium nexplanon niacin nicoderm nintedanib nitro nitrofurantoin nitroglycerin nka nkda nodular nodule nonadherent nonalcoholic nonhealing
nonischemic nonunion nonverbal norco norgestimate normocytic normotensive norovirus norvasc nosebleed novolin novolog nsaid nsclc nstemi nucala nulliparous numbness nurtec nuvaring
nystagmus nystatin obese obesity obgyn obstetric obstructive occipital occlusion occlusive ocd ocrevus octreotide odontogenic oedema oliguric opdivo ophthalmia opiate opioid orthodontic
orthodontics orthostasis orthostatic osa osmotic osteoblastic osteogenesis osteomalacia osteoporosis osteoporotic ostomy otezla otitis ovarian ovary ovulating ovulation oxazepam
oxcarbazepine oxybutynin oxycodone oxycontin oxymorphone oxytocin ozempic pacu pain painkillers paliperidone palliative palpitations pancreas pancreatic papillary papilledema papilloma
paracentesis paralysis paralytic paranoia paraplegic parasitic parathyroid parenteral paresthesia parkinsonism parkinsons paroxysmal parvovirus patella patellar paxil paxlovid pazopanib
pcos pediculosis pegloticase pegtube pelvic pemetrexed pemphigoid pemphigus pentamidine pepcid peptic percocet percutaneous perianal periapical pericardial perineal perineum periodontal
peripartum peritoneal peritoneum peroneal perphenazine pertussis pfts pharyngeal pharynx phenelzine phentermine phenytoin phimosis phobia phosphatase phosphate photophobia phototherapy
phq phq9 picc picu pih pilocarpine pilonidal pinkeye pinworm pioglitazone pirfenidone pituitary pityriasis placenta placental plantar plaquenil platelet plavix pleural pleurisy pleuritic
pleurodesis pmh pmhx pneumococcal pneumocystis pneumonia pneumovax podiatry poisoning polio polycystic polydactyly polydipsia polyp polypharmacy porphyria postherpetic postictal
postnatal postoperative postpartum postprandial postsurgical postural postviral potassium ppd pprm pradaxa praluent pramipexole precancerous prediabetes prediabetic prednisolone
prednisone preeclampsia preeclamptic preg pregabalin premarin premenstrual preoperative presbycusis presbyopia prescribe prescribed prescription presyncopal presyncope preterm prevnar
priapism prilosec primidone primigravida prinivil prn procainamide procardia progesterone progestin prognathism prognosis prograf prolactin prolactinoma prolapse prolapsed prolia
promethazine propafenone prophy propofol proscar prostatic prosthesis prosthetic prosthetics proteinuric prothrombin protonix protuberant prozac pruritic pruritus psa pseudogout
pseudomonas pseudotumor psg psh psoriasis psoriatic psychotic ptosis pubic puerperal pulmicort pulmonary pulseless purulent pustular pustule pyelogram pyloric pyogenic pyrazinamide
pyridium qft qhs qid quadriceps quadriplegic quantiferon rabies radiotherapy raloxifene ramelteon ranexa ranolazine rasagiline rash reabsorption rectal rectocele rectum referral reflux
regadenoson reglan regorafenib regurgitation rehydration remeron remicade renal repatha reperfusion resected resection restasis reticulocyte retinal revlimid rhabdo rhabdomyolysis
rheumatic rheumatism rheumatoid rhinovirus rhogam ribavirin rickets rifampin rifaximin ringworm rinvoq risperdal risperidone ritalin rituxan robaxin rocephin roflumilast ropinirole
rosacea rotator rotavirus rsv rubella rufinamide rvr rybelsus sacral sacroiliac sacrum sacubitril salbutamol salmonella salpingo sarcoidosis saxenda scabbed scabies scapula scapular
schizoid sciatic sciatica scleroderma sclerosing scoliosis scoliotic scopolamine scrotal scrotum scurvy sebaceous seborrheic sedation seizure selegiline semen seminoma senna sepsis
septic septicemic septum seroquel serous sertraline serum sevoflurane shigella shigellosis shingles shingrix sickle sigmoid sinemet singulair sinus skelaxin skyrizi sle smallpox snf
solifenacin solumedrol somatization somatropin somnolence somnolent sonogram sorafenib spastic spasticity spermatocele sphincter spinal spiriva spirometry spironolactone spleen splenic
splinted spondylosis sprain sprained sputum squamous ssri staph statin stelara stemi stenosed stenosis stenotic stent stented stereotactic sternal sternum steroid steroidal stillbirth
stoma strabismus strattera strep stridor stroke stye subacute subarachnoid subchorionic subclavian subcutaneous subdural subluxation subq substernal sucralfate sulfa sulfonylurea sunburn
superbill suppository suprapubic surgeries sutures suvorexant swelling symbicort synagis syncopal syncope synovial synthroid syphilis syphilitic systolic tachycardia tachycardic
tachypneic tagrisso taltz tamiflu tamoxifen tapeworm tardive tavr taxol tbsa tdap tecfidera tegretol temozolomide tendinosis tendon teratoma terbinafine terbutaline teriparatide testicle
testicular testis testosterone tetanus tetracycline tetraplegic tha therapy thoracic thrombocyte thrombolysis thrombolytic thrombosed thrombosis thrombotic thrombus thrush thymoma thymus
thyroid thyroxine tia tibia tibial ticagrelor tid tinea tinnitus tirzepatide tizanidine tka tolterodine tonsil tonsillar topamax topiramate toprol toradol torsion torticollis toujeo
trach trachea tracheal tramadol tranexamic transaminase transdermal transferrin transfused transfusion transmural transplant transplanted transrectal transvaginal travatan travoprost
trazodone trelegy tremor tremulous tresiba tretinoin triamcinolone triamterene trichomonas tricuspid trigeminal triglycerides trimethoprim trintellix triumeq trochanteric trop troponin
trulicity tsh tubal tuberculosis tumors tumour turp tylenol tympanic typhoid typhus tysabri ubrelvy uds ulcerated ulceration ulcerative ulcers ulnar ultram ultrasound umbilical
underweight undescended uop uremia uremic ureter ureteral urethra urethral uric urinalysis urinary urinating urination urine urosepsis ursodiol urticaria urticarial uterine uti vaccinee
vagina vaginal vaginosis valium valproate valproic valtrex valvular varenicline variceal varicella varicocele varicose varicosity vasculitic vasodilator vasopressin vasopressor vasospasm
vasotec vasovagal velcade venlafaxine venofer venogram venous ventilator ventolin ventricle ventricular verapamil verrucous vertebra vertebrae vertebral vertigo verzenio vesicare
vestibular viagra vicodin victoza vilazodone vincristine viremic visceral vitals vitiligo vitreous voltaren volvulus vomiting vonoprazan vraylar vre vulva vulvodynia vulvovaginal vyvanse
vzv warfarin wart warty wbc wegovy wellbutrin wetting wheeze wheezing whiplash wilms wound xanax xarelto xeljanz xerostomia xolair xray zaleplon zanaflex zantac zepbound zestril zetia
zidovudine zika ziprasidone zithromax zocor zofran zoledronic zoloft zolpidem zonisamide zostavax zoster zyprexa zyrtec zyvox
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

/** What happens to a body or is done for one, as patients and families say it: of health only in a sentence of somebody. Plurals in "s" are left out. */
export const LAY = `
benign biopsied admitting ached aches aching achy agitated airlifted aligners appetite assaulted azucar bandage bandaged basal bedpan bedwetting belching bingeing birthweight bitewings bitten bka bled bleeds
blistering bloated bloating bloodshot bolus bowels breastfeeding breech bruise burping cavities cavity chafed chapped choke choked choking cirugia clammy clots clotting coded collapsed
combative commode concentrator congested contracting convulsing coughing crabs cramp cramping crampy cravings crusty crutch crutches decompensating delirious dentures depressed desat
desatting detoxing diaper diarrhea dilated disoriented dizzy dolor drained draining drains drooled drooling droop drooping droopy drowned drowning drowsy earache electrocuted embarazada
embryos enceinte erection extubated faint fainted fainting fatigued fertility feverish fiebre fievre fillings flashbacks flushed forgetful fussy gagging gallbladder gasped gasping gassy
gauze gestation groggy grossesse grunting gums gunshot hallucinating hanged heartbeat heaving hoarse hobbling hopeless hurts immunized implanted implants indigestion inflamed ingested
inyeccion itch itches itchy jaundiced jittery lactation libido lice lightheaded limp limped limping limps listless lump manic mareada mareos medevac meltdown meth miscarried molars mole
nauseous neb nightmares nosebleeds npo numb oozes oozing orthotic ovaries overdosed panicky panting paralyzed paranoid peed peeing percentile phlegm pimple poisoned poop pooped pooping
preemie puked pukes puking purging queasy raped rashes receta redness refilled relapsed retainer retching rollator rosc runny sangrado sangre scab scald scalded scratchy shaky shivering
shivers singed slashed sleepwalking slipped slit slurred slurring slurs smoker sneezing sniffles snores snoring snot sober sobriety soiled sore soreness spasm splint splinter spotting
sprained sprains squinting stabbed staggering stiffness stillborn stings stitches stomachache stool stuffy stung stutter stuttering stutters suffocated suicidal suicide sunburned
sundowning sundowns sutured swallowed sweating sweats sweaty swells swollen tantrums taper tapered tapering teething throbbing throbs ticks tingles tingly titrate titrated tonsils
toothache trembles trembling trimester tummy twitch twitches twitchy unconscious unresponsive unsteady unvaccinated urinate uterus vaccinated vapes vaping vomissements vomitando vomited
vomito vomits walker weaned weaning weeker weeping weepy welt wheelchair wheezes wheezy winded withdrawing wobbly woozy yellowing
`.trim().split(/\s+/);

/** Those after whom diseases, signs and tests are called, who are nobody else's name. */
export const EPONYMS = `
alport apgar asherman babinski barre barthel bartholin bartter bazett behcet billroth biot breslow brudzinski brugada castleman chaddock charcot charlson cheyne chiari cockcroft colles cowden
crigler cushing danlos doppler dressler dubin dupuytren ecog ehlers eisenmenger ellison epley epworth fagerstrom fallot fanconi ferriman fitzpatrick folstein framingham galeazzi gallwey ganz
gault gitelman glasgow gleason hashimoto hba heimlich hess hickman homan homans horner horners ishihara janeway jeghers kaposi karnofsky kawasaki kernig killip klinefelter korsakoff kussmaul
lachman legg libman likert lisfranc mcburney mcmurray meniere mohs monteggia najjar nihss nissen nottingham osler ottawa paget papanicolaou perthes peutz peyronie phalen plummer pugh rankin
ranson rinne romberg rovsing schlatter schober sheehan snellen takayasu tinel tourette trendelenburg valsalva wegener wernicke whipple wolff zollinger
`.trim().split(/\s+/);

/** Countries by one word. */
export const COUNTRIES = `
africa algeria america argentina australia austria bangladesh belgium bolivia brazil bulgaria canada colombia croatia cuba cyprus czechia denmark ecuador egypt england estonia ethiopia europe
fiji finland france germany ghana greece greenland guatemala haiti honduras hungary iceland india indonesia iran iraq ireland italy jamaica japan kenya korea latvia lebanon liechtenstein
lithuania luxembourg malaysia malta monaco morocco nepal netherlands nicaragua nigeria norway pakistan panama paraguay peru philippines poland portugal romania russia samoa scotland serbia
slovakia slovenia somalia spain sweden switzerland syria taiwan tanzania thailand tunisia uganda ukraine uruguay venezuela vietnam wales zealand
`.trim().split(/\s+/);

/** Peoples, languages, brands and feasts: written with a capital, and nobody's name. */
export const PROPER = `
students acc admin african aha amazon american app apps arabic asian australian bot british buddhist canadian caucasian cdc cerner chinese christmas cvs danish dutch english european facebook fda
fedex german google greek gusto halloween hanukkah hebrew hindu hipaa hispanic homepage inbox indian instagram intranet ipad iphone irish italian jama japanese jewish jnc korean latina latino
linkedin mexican microsoft muslim mychart nejm nih norwegian optum podcast portuguese powerpoint ramadan russian scottish spanish subj thanksgiving turkish usps vietnamese walgreens webinar
webpage website wifi youtube
`.trim().split(/\s+/);

/** Speak of care in general. */
export const GENERAL = `
audiologist audiology caremark coinsurance copay deductible dietician doula endo endocrinology fmla followup gastroenterology hematology hygienist inpatient molina ndc nephrology neuro
nutritionist onc optumrx ortho orthopedic pcp peds periodontist phlebotomist physiotherapist podiatrist precert prostate providers radiology recheck rheumatology urology wellcare wellness wic
`.trim().split(/\s+/);
