/** Connecting: the two forms, and the wait for the browser. */
import type { AppError, SandboxView, SignInEvent } from '../backend/types';
import { failureOf, type Session } from './session.svelte';
import { Task } from './task.svelte';

export class Connecting {
  readonly forstok = new Task();
  readonly token = new Task();
  readonly disconnecting = new Task();

  email = $state('');
  secretKey = $state('');
  mode = $state<'oauth' | 'api_token'>('oauth');
  clientId = $state('');
  clientSecret = $state('');
  apiToken = $state('');
  signatureSecret = $state('');
  sandbox = $state<SandboxView | null>(null);

  waiting = $state<SignInEvent | null>(null);
  asking = $state(false);
  left = $state(0);
  error = $state<AppError | null>(null);

  constructor(private readonly session: Session) {}

  get redirectUri(): string {
    return this.session.view.settings['redirect_uri'] ?? this.sandbox?.redirect_uri ?? '';
  }

  /** Fills the forms with the sandbox's made-up credentials, when the window works on it. */
  async prefill(): Promise<void> {
    this.sandbox = await this.session.backend.sandboxConnection();
    if (!this.sandbox) return;
    this.email = this.sandbox.forstok_email;
    this.secretKey = this.sandbox.forstok_secret_key;
    this.clientId = this.sandbox.client_id;
    this.clientSecret = this.sandbox.client_secret;
  }

  async connectForstok(): Promise<void> {
    await this.forstok.run(async () => {
      await this.session.backend.connectForstok(this.email.trim(), this.secretKey.trim());
      this.secretKey = '';
      await this.session.refresh();
    });
  }

  /** Opens the browser and waits for its answer; the form keeps what was typed when it is refused. */
  async signIn(): Promise<void> {
    this.asking = true;
    this.error = null;
    const timer = setInterval(() => (this.left = Math.max(0, this.left - 1)), 1000);
    try {
      await this.session.backend.connectAccurate(
        {
          client_id: this.clientId.trim(),
          client_secret: this.clientSecret.trim(),
          redirect_uri: this.redirectUri || null,
        },
        (event) => {
          this.waiting = event;
          this.left = event.seconds;
        },
      );
      this.clientSecret = '';
      await this.session.refresh();
    } catch (cause) {
      this.error = failureOf(cause);
    } finally {
      clearInterval(timer);
      this.waiting = null;
      this.asking = false;
    }
  }

  async cancel(): Promise<void> {
    await this.session.backend.cancelSignIn();
  }

  /** A refusal here costs nothing: the address can be copied, and the wait goes on. */
  async openAgain(): Promise<void> {
    try {
      await this.session.backend.openSignInAgain();
    } catch (cause) {
      this.error = failureOf(cause);
    }
  }

  async connectToken(): Promise<void> {
    await this.token.run(async () => {
      await this.session.backend.connectAccurateApiToken(this.apiToken.trim(), this.signatureSecret.trim());
      this.apiToken = '';
      this.signatureSecret = '';
      await this.session.refresh();
    });
  }

  async disconnect(): Promise<void> {
    await this.disconnecting.run(async () => {
      await this.session.learn(this.session.backend.disconnectAccurate());
      await this.session.refresh();
    });
  }
}
