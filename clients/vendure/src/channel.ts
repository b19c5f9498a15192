import { Inject, Injectable } from "@nestjs/common";
import { ConfigService, type LanguageCode, type RequestContext, RequestContextService } from "@vendure/core";

import { SETTINGS, type Settings } from "./options";

/** In whose name Vendure is read: its own, in the channel and language that are fed. */
@Injectable()
export class FedChannel {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(RequestContextService) private readonly contexts: RequestContextService,
    @Inject(ConfigService) private readonly config: ConfigService,
  ) {}

  /** Decimals of its prices: 1234 is 12.34 with 2. */
  get precision(): number {
    return this.config.entityOptions.moneyStrategy.precision ?? 2;
  }

  context(): Promise<RequestContext> {
    const { channelToken, languageCode } = this.settings;
    return this.contexts.create({
      apiType: "admin",
      ...(channelToken !== undefined && { channelOrToken: channelToken }),
      ...(languageCode !== undefined && { languageCode: languageCode as LanguageCode }),
    });
  }
}
