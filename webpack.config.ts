/**
 * Three compilers, because there are three runtimes: the pane in a web view; the worker that reads attachments beside it; and the event bundle in a
 * JavaScript engine without a window (classic Outlook), which takes one file, no imports and nothing newer than ES2016.
 */
import { join } from 'node:path';
import { EsbuildPlugin } from 'esbuild-loader';
import type { Configuration } from 'webpack';

const ROOT = import.meta.dirname;

const typescript = (target: string) => ({ test: /\.tsx?$/, loader: 'esbuild-loader', options: { target, jsx: 'automatic', minifySyntax: true } });
const minimizer = (target: string) => [new EsbuildPlugin({ target, legalComments: 'none' })];

const both: Configuration = {
  context: ROOT, mode: 'production', devtool: false, performance: false, stats: 'errors-warnings',
  // Dependencies are found beside this file, also when the checkout is a worktree whose node_modules is a link.
  resolve: { symlinks: false, modules: [join(ROOT, 'node_modules')] },
  infrastructureLogging: { level: 'error' },
};

/** The console: one page, a chunk for each screen. */
export function consoleConfiguration(path: string): Configuration {
  return {
    ...both, name: 'console', target: ['web', 'es2022'], entry: { console: './console/console.tsx' },
    output: { path, publicPath: '/console/assets/', filename: '[name].[contenthash:10].js', chunkFilename: '[name].[contenthash:10].js' },
    module: { rules: [typescript('es2022')] },
  };
}

export default function configurations(path: string): Configuration[] {
  return [
    {
      ...both, name: 'pane', target: ['web', 'es2022'], entry: { taskpane: './addin/taskpane.tsx' },
      output: { path, publicPath: '/addin/', filename: '[name].[contenthash:10].js', chunkFilename: '[name].[contenthash:10].js' },
      module: { rules: [typescript('es2022')] },
    },
    {
      ...both, name: 'reader', target: ['webworker', 'es2022'], entry: { extract: './addin/extract/extract.worker.ts' },
      // unpdf asks for the full pdf.js only where its own is not enough.
      resolve: { ...both.resolve, alias: { 'pdfjs-dist/package.json': false } },
      output: { path, publicPath: '/addin/', filename: '[name].js', chunkFilename: 'extract.[contenthash:10].js' },
      module: { rules: [typescript('es2022')] },
      optimization: { minimizer: minimizer('es2022') },
    },
    {
      ...both, name: 'events', target: ['webworker', 'es5'], entry: { onsend: './addin/onsend.ts' },
      output: { path, publicPath: '/addin/', filename: '[name].js' },
      // One file: what is loaded when it is needed elsewhere is in it, and only waits to be run.
      module: { rules: [typescript('es2016')], parser: { javascript: { dynamicImportMode: 'eager' } } },
      optimization: { splitChunks: false, runtimeChunk: false, minimizer: minimizer('es2016') },
    },
  ];
}
