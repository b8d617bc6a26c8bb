import assert from 'node:assert/strict';
import { lint } from './project.js';

/** What is said of the statements of a coroutine, as `rule name`, in order. */
async function blocking(imports: string, ...statements: string[]): Promise<string[]> {
  const found = await lint({
    'app.py': `${imports}\nasync def work(a, b):\n${statements.map((line) => `    ${line}\n`).join('')}`,
  });
  return found.map((finding) => `${finding.rule} ${finding.message.split(' blocks the event loop')[0] ?? ''}`);
}

/** Imports, statements in a coroutine, and what is said of them. */
const KNOWN: [imports: string, statements: string[], said: string[]][] = [
  [
    'from azure.storage.blob import BlobServiceClient',
    ['store = BlobServiceClient.from_connection_string(a)', 'store.get_blob_client(a, b).upload_blob(b)'],
    ['blocking-network azure.storage.blob.BlobClient.upload_blob'],
  ],
  [
    'from firebase_admin import auth, firestore',
    ['auth.verify_id_token(a)', 'query = firestore.client().collection(a).where(a, "==", b)', 'query.get()'],
    ['blocking-network firebase_admin.auth.verify_id_token', 'blocking-network google.cloud.firestore.Query.get'],
  ],
  [
    'from google.oauth2 import id_token\nfrom google.cloud import texttospeech',
    ['id_token.verify_oauth2_token(a, b)', 'texttospeech.TextToSpeechClient().synthesize_speech(a)'],
    [
      'blocking-network google.oauth2.id_token.verify_oauth2_token',
      'blocking-network google.cloud.texttospeech.TextToSpeechClient.synthesize_speech',
    ],
  ],
  [
    'import boto3',
    ['table = boto3.resource("dynamodb").Table(a)', 'table.put_item(Item=b)'],
    ['blocking-network boto3.resource', 'blocking-network boto3.resource.Table.put_item'],
  ],
  [
    'import docker',
    ['client = docker.from_env()', 'client.volumes.create(a)', 'client.containers.get(a).restart()'],
    [
      'blocking-network docker.DockerClient.volumes.create',
      'blocking-network docker.models.containers.ContainerCollection.get',
      'blocking-network docker.models.containers.Container.restart',
    ],
  ],
  [
    'import git',
    ['repo = git.Repo(a)', 'repo.git.pull()', 'repo.remote("origin").push()', 'repo.active_branch'],
    ['blocking-process git.Repo.git.pull', 'blocking-process git.remote.Remote.push'],
  ],
  [
    'import lancedb\nimport weaviate',
    [
      'table = lancedb.connect(a).open_table(b)',
      'query = table.search(b).limit(3)',
      'query.to_list()',
      'weaviate.connect_to_local().collections.get(a).query.near_text(b)',
    ],
    [
      'blocking-network lancedb.connect',
      'blocking-network lancedb.DBConnection.open_table',
      'blocking-network lancedb.query.LanceQueryBuilder.to_list',
      'blocking-network weaviate.connect_to_local',
      'blocking-network weaviate.collections.Collection.query.near_text',
    ],
  ],
  [
    'import polars\nimport pandas',
    [
      'polars.read_csv(a).write_parquet(b)',
      'lazy = polars.scan_csv(a).filter(b)',
      'lazy.collect()',
      'frame = pandas.read_pickle(a)',
      'frame.to_json()',
      'frame.to_json(b)',
    ],
    [
      'blocking-cpu polars.read_csv',
      'blocking-cpu polars.DataFrame.write_parquet',
      'blocking-cpu polars.LazyFrame.collect',
      'blocking-cpu pandas.read_pickle',
      'blocking-cpu pandas.DataFrame.to_json',
    ],
  ],
  [
    'from transformers import AutoModelForCausalLM, WhisperForConditionalGeneration\nimport faiss',
    [
      'AutoModelForCausalLM.from_pretrained(a).to("cuda").generate(b)',
      'WhisperForConditionalGeneration.from_pretrained(a)',
      'faiss.IndexFlatL2(3).search(a, 2)',
    ],
    [
      'blocking-cpu transformers.AutoModelForCausalLM.from_pretrained',
      'blocking-cpu transformers.PreTrainedModel.generate',
      'blocking-cpu transformers.WhisperForConditionalGeneration.from_pretrained',
      'blocking-cpu faiss.IndexFlatL2.search',
    ],
  ],
  [
    'from langchain_community.document_loaders import PyPDFLoader\nimport docx',
    ['PyPDFLoader(a).load()', 'docx.Document().save(a)'],
    [
      'blocking-file langchain_community.document_loaders.PyPDFLoader.load',
      'blocking-cpu docx.Document',
      'blocking-cpu docx.document.Document.save',
    ],
  ],
  [
    'import gzip, io, urllib.request',
    [
      'gzip.GzipFile(fileobj=io.BytesIO(a))',
      'gzip.GzipFile(a)',
      'with urllib.request.urlopen(a) as response:',
      '    response.read()',
    ],
    [
      'blocking-file gzip.GzipFile',
      'blocking-network urllib.request.urlopen',
      'blocking-network http.client.HTTPResponse.read',
    ],
  ],
  [
    'from celery import Celery\nimport jwt, msal',
    [
      'Celery().send_task(a)',
      'keys = jwt.PyJWKClient(a)',
      'keys.get_signing_key_from_jwt(b)',
      'msal.ConfidentialClientApplication(a).acquire_token_for_client(b)',
    ],
    [
      'blocking-network celery.Celery.send_task',
      'blocking-network jwt.PyJWKClient.get_signing_key_from_jwt',
      'blocking-network msal.ConfidentialClientApplication.acquire_token_for_client',
    ],
  ],
  [
    'from selenium import webdriver\nimport pyautogui',
    ['webdriver.Chrome().find_element(a, b)', 'pyautogui.click(a, b)'],
    [
      'blocking-network selenium.webdriver.Chrome',
      'blocking-network selenium.webdriver.Chrome.find_element',
      'blocking-sleep pyautogui.click',
    ],
  ],
];

describe('libraries the catalogue knows', () => {
  for (const [imports, statements, said] of KNOWN)
    it(`block where they wait: ${imports.replaceAll('\n', '; ')}`, async () => {
      assert.deepEqual(await blocking(imports, ...statements), said);
    });

  it('block through every attribute of what a client derives from', async () => {
    assert.deepEqual(
      await blocking(
        'from openai import AzureOpenAI, AsyncAzureOpenAI',
        'AzureOpenAI().chat.completions.create(model=a)',
        'await AsyncAzureOpenAI().chat.completions.create(model=a)',
      ),
      ['blocking-network openai.AzureOpenAI.chat.completions.create'],
    );
  });

  it('block where an object is called, which is not where it was made', async () => {
    const imports = 'import spacy\nfrom ultralytics import YOLO\nnlp = spacy.load("en")\nmodel = YOLO("a.pt")';
    assert.deepEqual(await blocking(imports, 'nlp(a)', 'model(b)', 'model.names'), [
      'blocking-cpu spacy.Language.__call__',
      'blocking-cpu ultralytics.YOLO.__call__',
    ]);
  });

  it('do not block in their asynchronous twins, nor where a query is only described', async () => {
    const imports = [
      'from azure.storage.blob.aio import BlobServiceClient',
      'from google.cloud import firestore, texttospeech',
      'from weaviate import use_async_with_local',
      'import google.generativeai as genai, modal',
      'import gspread_asyncio, kubernetes_asyncio, docker.models',
    ].join('\n');
    assert.deepEqual(
      await blocking(
        imports,
        'await BlobServiceClient.from_connection_string(a).get_blob_client(a, b).upload_blob(b)',
        'await texttospeech.TextToSpeechAsyncClient().synthesize_speech(a)',
        'await firestore.AsyncClient().collection(a).document(b).get()',
        'firestore.Client().collection(a).where(a, "==", b).order_by(a)',
        'await use_async_with_local().collections.get(a).query.near_text(b)',
        'await genai.GenerativeModel(a).start_chat().send_message_async(b)',
        'await modal.Function.from_name(a, b).remote.aio()',
      ),
      [],
    );
  });
});
